import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import {
  consul,
  etcd,
  examineProject,
  tellPeople,
  tellProgress,
  toJson,
  toSarif,
  type ConfigurationCentre,
  type ExamineProjectOptions,
  type Language,
  type ProjectReport,
} from '@tutti/doctor';
import { readCredentials } from '@tutti/server/credentials';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { readLanguage } from '../read-language.ts';
import { readTokens } from '../read-tokens.ts';

const flags = {
  json: { type: 'boolean' },
  sarif: { type: 'boolean' },
  lang: { type: 'string' },
  token: { type: 'string', multiple: true },
  etcd: { type: 'string' },
  consul: { type: 'string' },
  prefix: { type: 'string' },
  online: { type: 'boolean' },
  server: { type: 'string' },
  url: { type: 'string', multiple: true },
} as const;

/**
 * Looks a project over: 0 when nothing is wrong, 1 with findings, 2 (or thrown) when it cannot look at what it was
 * asked to.
 */
export async function doctor(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, flags, 'doctor', 1);
  if (values.json === true && values.sarif === true) {
    throw new CommandError('--json and --sarif are two outputs: give one of them.', 2);
  }
  const language = readLanguage(values.lang);
  const root = resolve(positionals[0] ?? '.');
  const centres = centresOf(values);
  if (values.prefix !== undefined && centres.length === 0) {
    throw new CommandError('--prefix is of a configuration centre: give --etcd or --consul.', 2);
  }
  for (const url of [values.server, ...(values.url ?? [])]) {
    if (url !== undefined && !(/^https?:\/\//.test(url) && URL.canParse(url))) {
      throw new CommandError(`${url} is no URL as https://example.com/voice.`, 2);
    }
  }
  const isOnline = values.online === true || values.server !== undefined;
  const report = await look(root, language, {
    variables: process.env,
    tokens: await readTokens(values.token ?? []),
    nowMs: Date.now(),
    centres,
    ...(values.prefix !== undefined && { prefix: values.prefix }),
    ...(isOnline && {
      online: {
        ...(values.server !== undefined && { url: values.server }),
        credentials: await readStarted(root),
      },
    }),
    webhooks: values.url ?? [],
    clock: Date.now,
  });
  if (values.json === true) console.log(JSON.stringify(toJson(report, language), null, 2));
  else if (values.sarif === true) {
    const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
    console.log(JSON.stringify(toSarif(report, language, version), null, 2));
  } else {
    for (const line of tellPeople(report, language).split('\n')) console.log(printable(line));
  }
  if (report.findings.length > 0) return 1;
  return report.omissions.some((omission) => 'cannot' in omission) ? 2 : 0;
}

/** The credentials of a centre come from where its own tools take them. */
function centresOf(given: {
  readonly etcd?: string;
  readonly consul?: string;
}): ConfigurationCentre[] {
  const { ETCDCTL_USER: user, CONSUL_HTTP_TOKEN: token } = process.env;
  try {
    return [
      ...(given.etcd === undefined ? [] : [etcd(given.etcd, user ? { user } : {})]),
      ...(given.consul === undefined ? [] : [consul(given.consul, token ? { token } : {})]),
    ];
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(error.message, 2);
    throw error;
  }
}

/** How a server that was started in the project is reached. */
async function readStarted(root: string): Promise<Record<string, string | undefined>> {
  const path = join(root, '.tutti', 'credentials.env');
  try {
    return await readCredentials(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot read ${path}: ${reason}`, 2);
  }
}

async function look(
  root: string,
  language: Language,
  options: ExamineProjectOptions,
): Promise<ProjectReport> {
  const folder = await stat(root).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new CommandError(
      `${root} is no folder: tutti doctor [DIR] looks at a project's folder.`,
      2,
    );
  }
  const isTerminal = process.stderr.isTTY;
  try {
    return await examineProject(root, {
      ...options,
      onProgress: (part, looked, all) => {
        if (isTerminal)
          process.stderr.write(`\r\u001B[K${tellProgress(part, looked, all, language)}`);
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${root} cannot be looked at: ${reason}`, 2);
  } finally {
    if (isTerminal) process.stderr.write('\r\u001B[K');
  }
}
