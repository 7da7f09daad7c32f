import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  explainSignature,
  findSigningSecrets,
  parseRawRequest,
  signatureToJson,
  signingSecrets,
  tellSignature,
  type NamedSecret,
  type ReceivedRequest,
} from '@tutti/doctor';
import { readCredentials } from '@tutti/server/credentials';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { printable } from '../printable.ts';
import { readLanguage } from '../read-language.ts';

const options = {
  url: { type: 'string' },
  signature: { type: 'string' },
  body: { type: 'string' },
  form: { type: 'string' },
  token: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  lang: { type: 'string' },
} as const;

/** `tutti signature explain`: 0 when the request validates, 1 when not, 2 (thrown) when it cannot look. */
export async function signature(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, options, 'signature', 2);
  const [subcommand, file] = positionals;
  if (subcommand !== 'explain') {
    throw new CommandError('what of it? tutti signature explain [FILE]', 2);
  }
  const language = readLanguage(values.lang);
  const tokens = await tokensOf(values.token);
  if (file !== undefined && (values.body ?? values.form) !== undefined) {
    throw new CommandError(`the body is that of ${file}: leave --body and --form out.`, 2);
  }
  const request =
    file === undefined ? requestOf(values) : await readRequest(file, values.url, values.signature);
  const explanation = explain(request, tokens);
  if (values.json === true) {
    console.log(JSON.stringify(signatureToJson(explanation, language), null, 2));
  } else {
    for (const line of tellSignature(explanation, language).split('\n')) {
      console.log(printable(line));
    }
  }
  return explanation.verdict === 'valid' ? 0 : 1;
}

function explain(
  request: ReceivedRequest,
  tokens: readonly [NamedSecret, ...NamedSecret[]],
): ReturnType<typeof explainSignature> {
  try {
    return explainSignature({ ...request, tokens });
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(error.message, 2);
    throw error;
  }
}

/** Those that are given, else those of the project's environment files; and those of the process. */
async function tokensOf(
  given: readonly string[] | undefined,
): Promise<readonly [NamedSecret, ...NamedSecret[]]> {
  const named = (given ?? []).map((value, index) => ({
    name: index === 0 ? '--token' : `--token (${index + 1})`,
    value,
  }));
  const known = signingSecrets(process.env);
  const inFiles = named.length > 0 ? [] : await secretsOfFiles();
  const [first, ...others] = [...named, ...known, ...inFiles];
  if (first === undefined) {
    throw new CommandError(
      'with which auth token? Give --token, or TWILIO_AUTH_TOKEN in the environment or in .env.',
      2,
    );
  }
  return [first, ...others];
}

/** What the project has, and a server that was started in it. */
async function secretsOfFiles(): Promise<NamedSecret[]> {
  const started = join('.tutti', 'credentials.env');
  try {
    const own = await findSigningSecrets('.');
    return [...own, ...signingSecrets(await readCredentials(started), started)];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`the environment files cannot be read: ${reason}. Give --token.`, 2);
  }
}

function requestOf(given: {
  readonly url?: string;
  readonly signature?: string;
  readonly body?: string;
  readonly form?: string;
}): ReceivedRequest {
  const { url, body, form } = given;
  if (url === undefined) {
    throw new CommandError(
      'which request? Give --url with --signature, or a file that holds the request as it came.',
      2,
    );
  }
  if (body !== undefined && form !== undefined) {
    throw new CommandError('--body and --form are two bodies: give one of them.', 2);
  }
  return {
    url,
    body: body ?? form ?? '',
    headers: {
      ...(given.signature !== undefined && { 'x-twilio-signature': given.signature }),
      ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
  };
}

async function readRequest(
  file: string,
  url: string | undefined,
  signature: string | undefined,
): Promise<ReceivedRequest> {
  const request = parseRawRequest(await readText(file), url);
  if (!request.ok) throw new CommandError(`${file} is no HTTP request: ${request.error}.`, 2);
  const { headers } = request.value;
  return {
    ...request.value,
    headers: { ...headers, ...(signature !== undefined && { 'x-twilio-signature': signature }) },
  };
}

async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      `cannot read ${file}: ${error instanceof Error ? error.message : ''}`,
      2,
    );
  }
}
