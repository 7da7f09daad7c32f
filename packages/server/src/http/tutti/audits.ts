import { findingsOf, runAudit } from '../../actions/run-audit.ts';
import type { Audit, AuditFinding } from '../../model/audit.ts';
import type { New } from '../../store/schema.ts';
import { findAudit, listAudits } from '../../store/audits.ts';
import { boolean } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { isoDate, productPage, type Json } from '../render.ts';

const PAGE_MAX = 100;

/** Looking at every binding of the account, now or before. */
export function auditRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  /** By account, the audit under way: who asks for another meanwhile is given it. */
  const underWay = new Map<string, Promise<New<Audit>>>();

  operation(routes, {
    method: 'POST',
    path: '/v1/Audits',
    parameters: form({ Probe: boolean }),
    status: 201,
    handle: async (request) => {
      const { account } = request.caller;
      const probe = request.values.Probe ?? true;
      const key = `${account.sid} ${probe}`;
      let audit = underWay.get(key);
      if (audit === undefined) {
        audit = runAudit(context, account, { source: 'api', probe }).finally(() =>
          underWay.delete(key),
        );
        underWay.set(key, audit);
      }
      return renderWhole(await audit, request.base);
    },
  });

  operation(routes, {
    method: 'GET',
    path: '/v1/Audits',
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const page = await listAudits(db, request.caller.account.sid, wanted);
      const items = page.items.map((audit) => render(audit, request.base));
      return productPage('audits', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: '/v1/Audits/:Sid',
    handle: async (request) => {
      const key = request.path['Sid'] ?? '';
      const audit = await findAudit(db, request.caller.account.sid, key);
      return renderWhole(found(audit, request, key, 'BC'), request.base);
    },
  });
}

function render(audit: New<Audit>, base: string): Json {
  return {
    sid: audit.sid,
    account_sid: audit.accountSid,
    source: audit.source,
    probed: audit.probed === 1,
    complete: audit.complete === 1,
    errors: audit.errors,
    warnings: audit.warnings,
    notices: audit.notices,
    new_findings: audit.newFindings,
    duration_ms: audit.durationMs,
    date_created: isoDate(audit.dateCreated),
    url: `${base}/v1/Audits/${audit.sid}`,
  };
}

function renderWhole(audit: New<Audit>, base: string): Json {
  return { ...render(audit, base), findings: findingsOf(audit).map(renderFinding) };
}

function renderFinding({ isNew, request, ...finding }: AuditFinding): Json {
  return { ...finding, is_new: isNew, request: request ?? null };
}
