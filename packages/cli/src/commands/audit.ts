import { createInterface } from 'node:readline/promises';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { counted } from '../counted.ts';
import { printable } from '../printable.ts';
import { readTokens } from '../read-tokens.ts';
import { askFor, findServer, type Asking, type ServerAccess } from '../server-access.ts';

const options = {
  fix: { type: 'boolean' },
  yes: { type: 'boolean' },
  'no-probe': { type: 'boolean' },
  token: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  data: { type: 'string' },
} as const;

/** Two requests of ten seconds to each of some voice URLs, several at a time. */
const AUDIT_MS = 600_000;

interface Finding {
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'notice';
  readonly sids: readonly string[];
  readonly where: string;
  readonly text: string;
  readonly fix: string;
  readonly is_new: boolean;
  readonly request: {
    readonly path: string;
    readonly form: Readonly<Record<string, string>>;
  } | null;
}

interface AuditAnswer {
  readonly sid: string;
  readonly complete: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly notices: number;
  readonly new_findings: number;
  readonly findings: readonly Finding[];
}

/**
 * Audits every binding of the account, and with `--fix` applies what is safe to apply, once that is agreed to.
 * 0 nothing wrong (notices apart), 1 findings, 2 it could not look.
 */
export async function audit(args: string[]): Promise<number> {
  const { values } = readArguments(args, options, 'audit', 0);
  try {
    const server = await findServer(values.data);
    const asked = {
      Probe: String(values['no-probe'] !== true),
      Token: Object.values(await readTokens(values.token ?? [])),
    };
    const found = await runAudit(server, asked);
    if (values.json === true && values.fix !== true) {
      console.log(JSON.stringify(found, null, 2));
      return exitCode(found);
    }
    if (values.json !== true) print(found);
    if (values.fix !== true) return exitCode(found);
    const fixes = found.findings.filter(({ request }) => request !== null);
    if (values.json !== true) printFixes(fixes);
    if (fixes.length === 0 || !(await isAgreed(values.yes === true))) {
      if (values.json === true) console.log(JSON.stringify(found, null, 2));
      return exitCode(found);
    }
    for (const { request } of fixes) {
      if (request !== null) await askFor(server, request.path, { form: request.form });
    }
    const after = await runAudit(server, asked);
    if (values.json === true) console.log(JSON.stringify({ ...after, fixed: fixes }, null, 2));
    else {
      console.log(`applied: ${fixes.length}. After that:`);
      print(after);
    }
    return exitCode(after);
  } catch (error) {
    if (error instanceof CommandError) throw new CommandError(error.message, 2);
    throw error;
  }
}

async function runAudit(
  server: ServerAccess,
  form: NonNullable<Asking['form']>,
): Promise<AuditAnswer> {
  const answer = await askFor(server, '/v1/Audits', { form, timeoutMs: AUDIT_MS });
  return answer as unknown as AuditAnswer;
}

function exitCode({ errors, warnings }: AuditAnswer): number {
  return errors + warnings > 0 ? 1 : 0;
}

function print({ sid, complete, findings, new_findings: news, ...counts }: AuditAnswer): void {
  for (const { severity, rule, text, where, fix, is_new: isNew } of findings) {
    console.log(printable(`${severity} ${rule}${isNew ? ' (new)' : ''}`));
    console.log(printable(`  ${text}`));
    console.log(printable(`  where: ${where}`));
    console.log(printable(`  fix: ${fix}`));
  }
  const { errors, warnings, notices } = counts;
  const summary = `${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(notices, 'notice')}`;
  console.log(printable(`${sid}: ${summary}; new since last time: ${news}`));
  if (!complete) console.log('There is more than one audit looks at: not everything was seen.');
}

function printFixes(fixes: readonly Finding[]): void {
  console.log(fixes.length === 0 ? 'Nothing can be put right without you.' : 'Safe fixes:');
  for (const { request } of fixes) {
    if (request === null) continue;
    const form = Object.entries(request.form).map(([name, value]) => ` ${name}=${value}`);
    console.log(printable(`  POST ${request.path}${form.join('')}`));
  }
}

/** Asked for at the terminal; where there is none, `--yes` is the only way. */
async function isAgreed(yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    console.error('Nothing was changed: add --yes to apply the fixes.');
    return false;
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question('Apply them? [y/N] ')).trim());
  } finally {
    lines.close();
  }
}
