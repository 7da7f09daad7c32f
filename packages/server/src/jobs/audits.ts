import { Cron } from 'croner';
import type { ActionContext } from '../actions/context.ts';
import { runAudit } from '../actions/run-audit.ts';
import { sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { listActiveAccounts } from '../store/accounts.ts';

/** The clock may be set while the next audit is waited for: it is looked at so often. */
const LOOK_MS = 30_000;

export interface AuditsOptions {
  readonly context: ActionContext;
  /** Moments as cron writes them, in the local time zone. */
  readonly pattern: string;
  readonly log: Log;
  /** Whether this is the process, of all on the database, that does it. */
  readonly hasTurn: () => boolean;
}

/** Audits every active account whenever the pattern says so, one after another, until closed. */
export function watchAudits(options: AuditsOptions): { close(): Promise<void> } {
  const stop = new AbortController();
  const running = run(options, stop.signal);
  return {
    close: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Never rejects. */
async function run(options: AuditsOptions, signal: AbortSignal): Promise<void> {
  const { context, pattern, hasTurn } = options;
  const cron = new Cron(pattern, { paused: true });
  while (!signal.aborted) {
    const next = cron.nextRun(new Date(context.clock.now()))?.getTime();
    if (next === undefined) return;
    while (context.clock.now() < next && !signal.aborted) {
      await sleep(context.clock, Math.min(next - context.clock.now(), LOOK_MS), signal);
    }
    if (!signal.aborted && hasTurn()) await auditAll(options, signal);
  }
}

/** An account that cannot be audited keeps no other from it. */
async function auditAll({ context, log }: AuditsOptions, signal: AbortSignal): Promise<void> {
  try {
    for (const account of await listActiveAccounts(context.db)) {
      if (signal.aborted) return;
      const { sid, errors, warnings, newFindings } = await runAudit(context, account, {
        source: 'schedule',
        probe: true,
      });
      log.info(
        { accountSid: account.sid, auditSid: sid, errors, warnings, newFindings },
        'account audited',
      );
    }
  } catch (err) {
    if (!signal.aborted) log.error({ err }, 'audit on schedule did not finish');
  }
}
