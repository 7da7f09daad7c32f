import type { IncomingCall } from '@tutti/sip';
import { receiveCall, type CallReceived } from '../actions/receive-call.ts';
import { alertLevel, alertNamed, raiseAlert } from '../actions/raise-alert.ts';
import { RequestError } from '../base/app-error.ts';
import { findMainAccount } from '../store/accounts.ts';
import type { SipDomain } from '../model/sip-domain.ts';
import { addressOfUri, sipAddress } from './addresses.ts';
import type { VoiceContext } from './context.ts';
import { canHear } from './leg.ts';
import { LiveCall } from './live-call.ts';
import { interpreter } from './run-instructions.ts';
import { statusOfGone } from './sip-status.ts';

/** Takes an INVITE: decides what it is for, then runs it. Never rejects. */
export async function takeInvite(context: VoiceContext, incoming: IncomingCall): Promise<void> {
  try {
    const from = addressOfUri(incoming.from.uri);
    const to = addressOfUri(incoming.requestUri);
    const domain = await context.domains.find(incoming.requestUri.host);
    if (domain !== undefined) {
      await takeDomainCall(context, incoming, domain);
      return;
    }
    await takeCall(context, incoming, { from, to, phone: phoneOf(context, incoming) });
  } catch (err) {
    incoming.reject(500);
    if (err instanceof RequestError) await refuseCall(context, err);
    else context.log.error({ err, callId: incoming.callId }, 'invite failed');
  }
}

/** At a SIP domain both sides are named as SIP does it, and who calls must be on its lists. */
async function takeDomainCall(
  context: VoiceContext,
  incoming: IncomingCall,
  domain: SipDomain,
): Promise<void> {
  const from = sipAddress(incoming.from.uri);
  const to = sipAddress(incoming.requestUri);
  const caller = await context.domains.admitCall(incoming, domain, { from, to });
  if (caller === undefined) return;
  const { callId, source, request } = incoming;
  const headers = request.headers.entries().filter(([name]) => /^x-/i.test(name));
  const sipParameters = {
    SipDomain: domain.domainName,
    SipDomainSid: domain.sid,
    SipCallId: callId,
    SipSourceIp: source.host,
    ...(caller.username === undefined ? {} : { SipUsername: caller.username }),
    ...Object.fromEntries(headers.map(([name, value]) => [`SipHeader_${name}`, value])),
  };
  await takeCall(context, incoming, { from, to, domain, sipParameters });
}

async function takeCall(
  context: VoiceContext,
  incoming: IncomingCall,
  call: CallReceived,
): Promise<void> {
  const { from, to } = call;
  const heard = canHear(incoming.offer);
  if (!heard.ok) {
    incoming.reject(488);
    await refuseCodec(context, from, to, heard.problem);
    return;
  }
  incoming.ring();
  const received = await receiveCall(context.actions, call);
  if (received.kind === 'refused') {
    incoming.reject(received.sipStatus);
    return;
  }
  const live = new LiveCall(context, received.call, incoming);
  context.log.info({ callSid: live.call.sid, accountSid: live.call.accountSid }, 'call received');
  if (incoming.signal.aborted) await live.end(statusOfGone(incoming));
  else await interpreter.runCall(live);
}

/** A virtual phone that is registered under a name calls as that client. */
function phoneOf(
  { registrar }: VoiceContext,
  { from, source }: IncomingCall,
): CallReceived['phone'] {
  const user = from.uri.user ?? '';
  if (!addressOfUri(from.uri).startsWith('sip:') || /\p{C}/u.test(user)) return undefined;
  const accountSid = registrar.findOwner(user, source);
  return accountSid === undefined ? undefined : { accountSid, client: `client:${user}` };
}

/** The call cannot be bound as it is: nobody can be told but the account. */
async function refuseCall({ actions, log }: VoiceContext, error: RequestError): Promise<void> {
  try {
    const account = await findMainAccount(actions.db);
    if (account === undefined) return;
    const { code: errorCode, message: text, resourceSid } = error;
    await raiseAlert(actions, {
      accountSid: account.sid,
      errorCode,
      level: alertLevel(error.errorName) ?? 'error',
      text,
      resourceSid,
      source: `INVITE ${resourceSid ?? ''}`,
    });
  } catch (err) {
    log.error({ err }, 'refused call not told of');
  }
}

async function refuseCodec(
  { actions }: VoiceContext,
  from: string,
  to: string,
  problem: string,
): Promise<void> {
  const account = await findMainAccount(actions.db);
  if (account === undefined) return;
  await raiseAlert(actions, {
    accountSid: account.sid,
    ...alertNamed('sipBadSdp', { from, to, problem }),
    source: 'INVITE',
  });
}
