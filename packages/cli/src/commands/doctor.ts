import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { examineProject, tellPeople, toJson, toSarif, type ProjectReport } from '@tutti/doctor';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { readLanguage } from '../read-language.ts';

/** Looks a project over: 0 when nothing is wrong, 1 with findings; 2 (thrown) when it cannot look. */
export async function doctor(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    { json: { type: 'boolean' }, sarif: { type: 'boolean' }, lang: { type: 'string' } },
    'doctor',
    1,
  );
  if (values.json === true && values.sarif === true) {
    throw new CommandError('--json and --sarif are two outputs: give one of them.', 2);
  }
  const language = readLanguage(values.lang);
  const root = resolve(positionals[0] ?? '.');
  const report = await look(root);
  if (values.json === true) console.log(JSON.stringify(toJson(report, language), null, 2));
  else if (values.sarif === true) {
    const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
    console.log(JSON.stringify(toSarif(report, language, version), null, 2));
  } else {
    for (const line of tellPeople(report, language).split('\n')) console.log(printable(line));
  }
  return report.findings.length === 0 ? 0 : 1;
}

async function look(root: string): Promise<ProjectReport> {
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
      onProgress: (looked, all) => {
        if (isTerminal) process.stderr.write(`\r\u001B[K${looked} of ${all} files`);
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${root} cannot be looked at: ${reason}`, 2);
  } finally {
    if (isTerminal) process.stderr.write('\r\u001B[K');
  }
}
