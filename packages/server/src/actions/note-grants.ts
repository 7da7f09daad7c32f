import { grantedSids, type Claims } from '@tutti/ids';
import { isMeantAsSid, type NotedUse, type SidLedger, type UseSource } from './sid-ledger.ts';

/** Tells the ledger of the SIDs that an access token grants, by where they stand in it. */
export function noteGrants(
  ledger: SidLedger,
  source: UseSource,
  claims: Claims,
  by: Pick<NotedUse, 'accountSid' | 'requestSid'>,
): void {
  for (const { path: parameter, given: sid } of grantedSids(claims)) {
    if (!isMeantAsSid(sid)) continue;
    ledger.note(source, { ...by, sid, outcome: 'passed', place: 'grant', parameter });
  }
}
