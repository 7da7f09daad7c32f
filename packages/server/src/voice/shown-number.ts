import type { DialVerb } from '@tutti/twiml';
import { findCallerId } from '../actions/find-caller-id.ts';
import { refusal } from '../base/app-error.ts';
import { dialledNumber } from './dial-noun.ts';
import type { LiveCall } from './live-call.ts';

/**
 * The verb with the caller id that it may show. A number must be the caller's, the one that was called, or one that the
 * account has or has verified; any other is warned of, and the caller's is shown. Twilio: errors 13214
 */
export async function withCallerId(live: LiveCall, verb: DialVerb): Promise<DialVerb> {
  const { callerId, ...rest } = verb;
  if (callerId === undefined || !/^\+?[\d ().-]{7,}$/.test(callerId.trim())) return verb;
  const { call, context } = live;
  const number = `+${dialledNumber(callerId.trim()).replace('+', '')}`;
  const isOwn =
    number === call.from ||
    number === call.to ||
    (await findCallerId(context.actions.db, call.accountSid, number)) !== undefined;
  if (isOwn) return { ...rest, callerId: number };
  await live.alerts.of(
    refusal('dialCallerId', { given: callerId, from: call.from, account: call.accountSid }),
  );
  return rest;
}
