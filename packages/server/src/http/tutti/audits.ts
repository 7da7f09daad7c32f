import { claimText, decodeToken, type Claims } from '@tutti/ids';
import { noteGrants } from '../../actions/note-grants.ts';
import type { UseSource } from '../../actions/sid-ledger.ts';
import { refusal } from '../../base/app-error.ts';
import type { Instant } from '../../base/clock.ts';
import { findingsOf, runAudit } from '../../actions/run-audit.ts';
import type { Audit, AuditFinding } from '../../model/audit.ts';
import type { New } from '../../store/schema.ts';
import { findAudit, listAudits } from '../../store/audits.ts';
import { boolean } from '../fields.ts';
import { form, type Field } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { isoDate, productPage, type Json } from '../render.ts';

const PAGE_MAX = 100;
/** Access tokens in one request. */
const TOKENS_MAX = 20;

const path = '/v1/Audits';
/** Where the ledger says that the SIDs of tokens came from. */
const asked: UseSource = { method: 'POST', route: `/conversations${path}` };

/** Looking at every binding of the account, now or before. */
export function auditRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  /** By account, the audit under way: who asks for another meanwhile is given it. */
  const underWay = new Map<string, Promise<New<Audit>>>();

  operation(routes, {
    method: 'POST',
    path,
    parameters: form({ Probe: boolean, Token: accessTokens }),
    status: 201,
    handle: async (request) => {
      const { account } = request.caller;
      const { Probe: probe = true, Token: tokens } = request.values;
      if (tokens !== undefined) {
        for (const claims of tokens) requireOwn(claims, account.sid, context.clock.now());
        const by = { accountSid: account.sid, requestSid: request.requestSid };
        for (const claims of tokens) noteGrants(context.ledger, asked, claims, by);
        // One under way may have looked before.
        return renderWhole(
          await runAudit(context, account, { source: 'api', probe }),
          request.base,
        );
      }
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
    path,
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

/** Access tokens, read. Who signed them is not asked: what they grant is told to the account they are for alone. */
const accessTokens: Field<readonly Claims[]> = {
  read: (values, name) => {
    if (values.length > TOKENS_MAX) {
      const problem = `${values.length} were given; at most ${TOKENS_MAX} are taken at a time.`;
      throw refusal('invalidParameter', { name, problem });
    }
    return values.map((value) => {
      const token = decodeToken(value);
      if (token.ok) return token.value.payload;
      const problem =
        token.error === 'parts'
          ? 'an access token, three parts with full stops between them, is expected.'
          : `its ${token.error} is no JSON; an access token is expected.`;
      throw refusal('invalidParameter', { name, problem });
    });
  },
};

/** @throws RequestError for a token of another account, and for one that nobody can use any more. */
function requireOwn(claims: Claims, accountSid: string, now: Instant): void {
  const { sub, exp } = claims;
  if (sub !== accountSid) {
    const problem = `its sub is ${claimText(sub) || 'missing'}; a token of ${accountSid} is expected.`;
    throw refusal('invalidParameter', { name: 'Token', problem });
  }
  if (typeof exp === 'number' && exp * 1000 <= now) {
    const problem = `it expired at ${isoDate(exp * 1000)}; one that is valid is expected.`;
    throw refusal('invalidParameter', { name: 'Token', problem });
  }
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
