import { forEachOf } from '../base/for-each-of.ts';
import { alertText } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import type { Account } from '../model/account.ts';
import { auditRules, auditSeverities, type Audit, type AuditFinding } from '../model/audit.ts';
import { readBindings } from '../store/audit-bindings.ts';
import { findLastAudit, insertAudit } from '../store/audits.ts';
import { listGrantedApplications, listNamedApplications } from '../store/sid-uses.ts';
import type { New } from '../store/schema.ts';
import { probeVoiceUrl, type Probe } from './audit/probe.ts';
import { rules } from './audit/rules.ts';
import { servingApplications, type AuditView } from './audit/view.ts';
import type { ActionContext } from './context.ts';
import { writeSidUses } from './write-sid-uses.ts';
import { addAlert } from './raise-alert.ts';

/** Rows of a kind that one audit looks at. */
const ROWS_MAX = 20_000;
/** Voice URLs asked at the same time, … */
const PROBES_AT_ONCE = 8;
/** … and in one audit: each takes up to twice ten seconds. */
const PROBES_MAX = 200;
/** No access token lives longer. Twilio: iam/access-tokens */
const TOKEN_MS = 24 * 3_600_000;
/** New findings of which each raises an alert; the last alert tells how many there are beyond. */
const ALERTS_MAX = 20;

export interface AuditOptions {
  readonly source: Audit['source'];
  /** Whether voice URLs are asked. */
  readonly probe: boolean;
}

/** Looks at every binding of an account, keeps what it found, and raises an alert for each error or warning that is new. */
export async function runAudit(
  context: ActionContext,
  account: Account,
  { source, probe }: AuditOptions,
): Promise<New<Audit>> {
  const { clock, db } = context;
  const startedMs = clock.elapsedMs();
  // What this process has not written yet is seen too.
  await writeSidUses(context);
  const { complete, closedConductors, ...bindings } = await readBindings(db, account.sid, ROWS_MAX);
  const serving = servingApplications(bindings).filter(([{ voiceUrl }]) => voiceUrl !== null);
  const asked = probe ? serving.slice(0, PROBES_MAX) : [];
  const probes = new Map<string, Probe>();
  await forEachOf(asked, PROBES_AT_ONCE, async ([application]) => {
    probes.set(application.sid, await probeVoiceUrl(context, account, application));
  });
  const view: AuditView = {
    ...bindings,
    account,
    probes,
    grantedApplications: await listGrantedApplications(db, account.sid, clock.now() - TOKEN_MS),
    namedApplications: new Set(await listNamedApplications(db, account.sid)),
    closedConductors: new Map(closedConductors.map((each) => [each.sid, each])),
  };
  const found = rules
    .flatMap(({ name, find }) =>
      find(view).map((fault) => ({ rule: name, severity: auditRules[name], ...fault })),
    )
    .toSorted((a, b) => rank(a) - rank(b));
  const durationMs = Math.round(clock.elapsedMs() - startedMs);

  return context.transact(async (tx) => {
    const last = await findLastAudit(tx, account.sid, probe);
    const before = new Set((last === undefined ? [] : findingsOf(last)).map(keyOf));
    const findings = found.map((each) => ({ ...each, isNew: !before.has(keyOf(each)) }));
    const count = (severity: AuditFinding['severity']): number =>
      findings.filter((each) => each.severity === severity).length;
    const audit: New<Audit> = {
      sid: context.ids.sid('BC'),
      accountSid: account.sid,
      source,
      probed: probe ? 1 : 0,
      complete: complete && (!probe || asked.length === serving.length) ? 1 : 0,
      errors: count('error'),
      warnings: count('warning'),
      notices: count('notice'),
      newFindings: findings.filter(({ isNew }) => isNew).length,
      findings: JSON.stringify(findings),
      durationMs,
      dateCreated: clock.now(),
    };
    await insertAudit(tx, audit);
    const told = findings.filter(({ isNew, severity }) => isNew && severity !== 'notice');
    for (const { rule, severity, sids, text, fix } of told.slice(0, ALERTS_MAX)) {
      await addAlert(tx, context, {
        accountSid: account.sid,
        errorCode: catalogue.auditFinding.code,
        level: severity === 'error' ? 'error' : 'warning',
        text: alertText('auditFinding', { rule, text, fix, audit: audit.sid }),
        resourceSid: sids[0],
      });
    }
    return audit;
  });
}

/** What an audit found. */
export function findingsOf({ findings }: Pick<Audit, 'findings'>): readonly AuditFinding[] {
  return JSON.parse(findings) as AuditFinding[];
}

function rank({ severity }: Pick<AuditFinding, 'severity'>): number {
  return auditSeverities.indexOf(severity);
}

function keyOf({ rule, sids }: Pick<AuditFinding, 'rule' | 'sids'>): string {
  return [rule, ...sids].join(' ');
}
