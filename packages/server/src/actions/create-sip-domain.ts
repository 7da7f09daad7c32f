import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { SipDomain } from '../model/sip-domain.ts';
import {
  countSipDomains,
  findSipDomainByName,
  insertSipDomain,
  lockSipDomainName,
} from '../store/sip-domains.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Domains of one account; each is looked for at every call to it. */
const DOMAIN_LIMIT = 1000;

export type SipDomainSettings = Omit<
  New<SipDomain>,
  'sid' | 'accountSid' | 'dateCreated' | 'dateUpdated'
>;

/**
 * Gives the account a SIP domain. Nobody may call or register there before a list says who. Twilio:
 * voice/api/sip-domain-resource
 *
 * @throws RequestError sipDomainTaken, sipLimit, fallbackWithoutUrl
 */
export async function createSipDomain(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  settings: SipDomainSettings,
  origin: Origin,
): Promise<New<SipDomain>> {
  checkUrls(settings);
  return context.transact(async (tx) => {
    await requireFreeName(tx, settings.domainName);
    if ((await countSipDomains(tx, accountSid)) >= DOMAIN_LIMIT) {
      throw refusal('sipLimit', { limit: DOMAIN_LIMIT, what: 'SIP domains' });
    }
    const now = context.clock.now();
    const domain: New<SipDomain> = {
      ...settings,
      sid: context.ids.sid('SD'),
      accountSid,
      dateCreated: now,
      dateUpdated: now,
    };
    await insertSipDomain(tx, domain);
    await recordEvent(tx, context, origin, {
      type: 'sip-domain',
      accountSid,
      resourceSid: domain.sid,
      current: domain,
    });
    return domain;
  });
}

/** @throws RequestError sipDomainTaken */
export async function requireFreeName(tx: Tx, domainName: string): Promise<void> {
  await lockSipDomainName(tx, domainName);
  if ((await findSipDomainByName(tx, domainName)) !== undefined) {
    throw refusal('sipDomainTaken', { given: domainName });
  }
}

/** @throws RequestError fallbackWithoutUrl */
export function checkUrls({
  voiceUrl,
  voiceFallbackUrl,
}: Pick<SipDomainSettings, 'voiceUrl' | 'voiceFallbackUrl'>): void {
  if (voiceFallbackUrl !== null && voiceUrl === null) {
    throw refusal('fallbackWithoutUrl', { fallback: 'VoiceFallbackUrl', url: 'VoiceUrl' });
  }
}
