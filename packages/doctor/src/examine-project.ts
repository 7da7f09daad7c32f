import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { examineCode } from './code/examine-code.ts';
import type { SdkPackage } from './code/sdk-package.ts';
import { openSdkPackage } from './code/sdk-package.ts';
import { variablesOf } from './centres/configuration-centre.ts';
import type { ConfigurationCentre } from './centres/configuration-centre.ts';
import { examineVariables } from './env/examine-variables.ts';
import type { Variable } from './env/examine-variables.ts';
import { parseEnvFile } from './env/parse-env-file.ts';
import { CannotLook } from './online/ask.ts';
import { examineEndpoint, shownUrl } from './online/examine-endpoint.ts';
import type { Endpoint, EndpointOptions } from './online/examine-endpoint.ts';
import { examineLive } from './online/examine-live.ts';
import { findAccess } from './online/find-access.ts';
import { LiveServer } from './online/live-server.ts';
import { guardedFiles } from './project/guarded-files.ts';
import { findFiles, isMinified, isTemplateFile, isTestFile } from './project/find-files.ts';
import { startsWithTutti } from './project/starts-with-tutti.ts';
import type { Finding, Where } from './rules.ts';
import { whereOf } from './rules.ts';
import { isTwilioToken } from './tokens/decode-token.ts';
import { examineToken } from './tokens/examine-token.ts';
import { knownSecrets } from './tokens/known-secrets.ts';

/** What is looked at one after the other. */
export type Part = 'files' | 'centres' | 'SIDs' | 'webhooks';

export interface ExamineProjectOptions {
  /** Told as files, centres and whatever else is asked for are looked at. */
  readonly onProgress?: (part: Part, looked: number, all: number) => void;
  readonly signal?: AbortSignal;
  /** The process environment. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Access tokens, by the flag or file that each came from. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Now, in milliseconds since 1970: what the times of access tokens are held against. */
  readonly nowMs: number;
  readonly centres?: readonly ConfigurationCentre[];
  /** Which keys of the centres are read: those that begin so. Default all. */
  readonly prefix?: string;
  /** Asks the live server; without it the doctor stays offline. */
  readonly online?: {
    /** Base URL; default `TUTTI_URL` of the variables, else Twilio. */
    readonly url?: string;
    /** What is taken where no variable of the project or the process has credentials. */
    readonly credentials?: Readonly<Record<string, string | undefined>>;
  };
  /** Webhooks to be asked, beside those that the live server names. */
  readonly webhooks?: readonly string[];
  /** Milliseconds since 1970, by which webhooks are timed; needed for them. */
  readonly clock?: () => number;
  /** When a webhook is called slow, and how long it is waited for. */
  readonly webhookLimits?: Pick<EndpointOptions, 'slowMs' | 'timeoutMs'>;
}

/** Something that was not looked at; `cannot` where it was asked for and could not be. */
export type Omission =
  | { readonly part: 'centre'; readonly name: string; readonly cannot: string }
  | { readonly part: 'centre-empty'; readonly name: string; readonly prefix: string }
  | { readonly part: 'token-signature'; readonly name: string }
  | { readonly part: 'offline' }
  | { readonly part: 'server'; readonly name: string; readonly cannot: string }
  | { readonly part: 'credentials'; readonly cannot: 'no credentials' }
  | { readonly part: 'sids'; readonly names: readonly string[] }
  | { readonly part: 'signed-requests' }
  | { readonly part: 'webhooks'; readonly looked: number; readonly all: number };

/** More webhooks than these take too long. */
const MOST_WEBHOOKS = 50;

/** What was found in a project, and what was looked at. */
export interface ProjectReport {
  readonly findings: readonly Finding[];
  readonly envFiles: number;
  readonly codeFiles: number;
  /** Keys of configuration centres. */
  readonly keys: number;
  /** Access tokens. */
  readonly tokens: number;
  /** SIDs that the live server was asked for. */
  readonly sids: number;
  readonly webhooks: number;
  /** Files that nobody has written: they are too large, or minified. */
  readonly leftOut: readonly string[];
  readonly omissions: readonly Omission[];
  /** The version of the `twilio` that the project has; several of a monorepo with commas. */
  readonly twilioVersion: string | undefined;
}

/** Variables that stand together, as those of one file do. */
interface Together {
  readonly variables: readonly Variable[];
  readonly isTemplate: boolean;
}

/**
 * Looks over a project: its environment files and source code, and what else is given.
 *
 * @param root The project's folder.
 * @throws Error of node:fs where the folder or a file in it cannot be read.
 */
export async function examineProject(
  root: string,
  options: ExamineProjectOptions,
): Promise<ProjectReport> {
  const { env, code: found, leftOut: large } = await findFiles(root);
  const code: string[] = [];
  const leftOut = [...large];
  const omissions: Omission[] = [];
  const files = await readEnvFiles(root, env);
  const inCentres = await readCentres(options, omissions);
  const all = [...files, { variables: ofProcess(options, files), isTemplate: false }, ...inCentres];
  const findings = all.flatMap(({ variables, isTemplate }) =>
    examineVariables(variables, { isTemplate }),
  );
  const tokens = examineTokens(options, all, omissions);
  const online = await examineOnline(options, all, tokens.named, omissions);
  const withTutti = new Map<string, boolean>();
  const inCode: Finding[] = [];
  for (const [index, path] of found.entries()) {
    options.signal?.throwIfAborted();
    options.onProgress?.('files', index + 1, found.length);
    const text = await readFile(join(root, path), 'utf8');
    if (isMinified(text)) {
      leftOut.push(path);
      continue;
    }
    code.push(path);
    const isTest = isTestFile(path);
    const file = join(root, path);
    const hasTuttiClient = startsWithTutti(dirname(file), root, withTutti);
    const sdk = (): SdkPackage | undefined => openSdkPackage(file);
    inCode.push(...examineCode(path, text, { sdk, hasTuttiClient, isTest }));
  }
  const ofCode = await withoutGuarded(root, code, inCode);
  return {
    findings: [...findings, ...tokens.findings, ...ofCode, ...online.findings],
    envFiles: env.length,
    codeFiles: code.length,
    keys: inCentres.reduce((sum, { variables }) => sum + variables.length, 0),
    tokens: tokens.count,
    sids: online.sids,
    webhooks: online.webhooks,
    leftOut,
    omissions,
    twilioVersion: twilioVersions(root, code),
  };
}

function twilioVersions(root: string, code: readonly string[]): string | undefined {
  const folders = new Set([root, ...code.map((path) => dirname(join(root, path)))]);
  const versions = [...folders].flatMap(
    (folder) => openSdkPackage(join(folder, 'package.json'))?.version ?? [],
  );
  return versions.length === 0 ? undefined : [...new Set(versions)].join(', ');
}

/** Routes without a signature are none where another file looks at it. */
async function withoutGuarded(
  root: string,
  code: readonly string[],
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const isOfRoute = ({ rule }: Finding): boolean => rule === 'require-webhook-signature';
  if (!findings.some(isOfRoute)) return findings;
  const guarded = await guardedFiles(root, code);
  return findings.filter(
    (finding) => !isOfRoute(finding) || !guarded.has(finding.place?.file ?? ''),
  );
}

async function readEnvFiles(root: string, paths: readonly string[]): Promise<Together[]> {
  const files: Together[] = [];
  for (const path of paths) {
    const variables = parseEnvFile(path, await readFile(join(root, path), 'utf8'));
    files.push({ variables, isTemplate: isTemplateFile(path) });
  }
  return files;
}

/** The variables of the process; those that it has from one of the files are told of there. */
function ofProcess(
  { variables = {} }: ExamineProjectOptions,
  files: readonly Together[],
): Variable[] {
  const inFiles = new Set(
    files.flatMap((file) => file.variables.map(({ name, value }) => `${name}=${value}`)),
  );
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined || inFiles.has(`${name}=${value}`)
      ? []
      : [{ name, value, place: undefined }],
  );
}

async function readCentres(
  { centres = [], prefix = '', signal, onProgress }: ExamineProjectOptions,
  omissions: Omission[],
): Promise<Together[]> {
  const found: Together[] = [];
  for (const [index, centre] of centres.entries()) {
    try {
      const entries = await centre.read(prefix, signal);
      if (entries.length === 0) omissions.push({ part: 'centre-empty', name: centre.name, prefix });
      for (const variables of variablesOf(centre, entries)) {
        found.push({ variables, isTemplate: false });
      }
    } catch (error) {
      if (!(error instanceof CannotLook)) throw error;
      omissions.push({ part: 'centre', name: centre.name, cannot: error.message });
    }
    onProgress?.('centres', index + 1, centres.length);
  }
  return found;
}

/** The access tokens that were given, and those in variables. */
function examineTokens(
  { tokens = {}, nowMs }: ExamineProjectOptions,
  all: readonly Together[],
  omissions: Omission[],
): {
  readonly findings: readonly Finding[];
  readonly count: number;
  /** What they name, for the live server: the key, the application. */
  readonly named: readonly Variable[];
} {
  const secrets = all
    .filter(({ isTemplate }) => !isTemplate)
    .flatMap(({ variables }) => knownSecrets(variables));
  const given = [
    ...Object.entries(tokens).map(([name, value]) => {
      const where: Where = { place: undefined, subject: name };
      return { name, value, ...where };
    }),
    ...all
      .flatMap(({ variables }) => variables)
      .filter(({ value }) => isTwilioToken(value))
      .map((variable) => ({ name: variable.name, value: variable.value, ...whereOf(variable) })),
  ];
  const named: Variable[] = [];
  const examined = given.map((token) => {
    const { findings, isSignatureChecked, sids } = examineToken(token, secrets, nowMs);
    if (!isSignatureChecked) omissions.push({ part: 'token-signature', name: token.name });
    for (const [path, value] of Object.entries(sids)) {
      named.push({ name: `${path} of ${token.name}`, value, ...whereOf(token) });
    }
    return findings;
  });
  return { findings: examined.flat(), count: given.length, named };
}

interface Online {
  readonly findings: readonly Finding[];
  readonly sids: number;
  readonly webhooks: number;
}

/** Asks the live server and webhooks, as far as that is wanted. */
async function examineOnline(
  options: ExamineProjectOptions,
  all: readonly Together[],
  named: readonly Variable[],
  omissions: Omission[],
): Promise<Online> {
  const { online, webhooks = [], signal, onProgress } = options;
  if (online === undefined && webhooks.length === 0) {
    omissions.push({ part: 'offline' });
    return { findings: [], sids: 0, webhooks: 0 };
  }
  const groups = all.filter(({ isTemplate }) => !isTemplate).map(({ variables }) => variables);
  const spare = Object.entries(online?.credentials ?? {}).map(([name, value]) => {
    return { name, value: value ?? '', place: undefined };
  });
  // The process has what it was started with: its credentials go before those of files.
  const own = [...groups.filter(isOfProcess), ...groups.filter((group) => !isOfProcess(group))];
  const access = findAccess(own, online?.url) ?? findAccess([spare], online?.url);
  const findings: Finding[] = [];
  let sids = 0;
  const endpoints: Endpoint[] = webhooks.map((url) => {
    return { url, method: 'POST', place: undefined, subject: shownUrl(url) };
  });
  if (online !== undefined && access === undefined) {
    omissions.push({ part: 'credentials', cannot: 'no credentials' });
  } else if (online !== undefined && access !== undefined) {
    const server = new LiveServer(access, signal);
    try {
      const live = await examineLive(server, access.accountSid, [...groups, named], (...how) =>
        onProgress?.('SIDs', ...how),
      );
      findings.push(...live.findings);
      ({ sids } = live);
      endpoints.push(...live.endpoints.filter(({ url }) => !webhooks.includes(url)));
      if (live.unasked.length > 0) omissions.push({ part: 'sids', names: live.unasked });
    } catch (error) {
      if (!(error instanceof CannotLook)) throw error;
      omissions.push({ part: 'server', name: server.name, cannot: error.message });
    }
  }
  const looked = endpoints.slice(0, MOST_WEBHOOKS);
  if (looked.length < endpoints.length) {
    omissions.push({ part: 'webhooks', looked: looked.length, all: endpoints.length });
  }
  if (looked.length > 0 && access?.authToken === undefined) {
    omissions.push({ part: 'signed-requests' });
  }
  for (const [index, endpoint] of looked.entries()) {
    const found = await examineEndpoint(endpoint, {
      accountSid: access?.accountSid ?? '',
      authToken: access?.authToken,
      clock: options.clock ?? (() => options.nowMs),
      ...options.webhookLimits,
      signal,
    });
    findings.push(...found);
    onProgress?.('webhooks', index + 1, looked.length);
  }
  return { findings, sids, webhooks: looked.length };
}

const isOfProcess = (group: readonly Variable[]): boolean =>
  group.some(({ place, subject }) => place === undefined && subject === undefined);
