import type { GatherVerb } from '@tutti/twiml';
import { recordValidation } from '../actions/record-validation.ts';
import type { Validation } from '../model/outgoing-caller-id.ts';
import type { LiveCall } from './live-call.ts';
import { takeInput } from './verbs/gather.ts';
import { speak } from './verbs/say.ts';

/** How often who answers may key. */
const ATTEMPTS = 3;

const ask =
  'You were called to verify your phone number. Please enter the six digit code that you were given.';
const askAgain = 'That was not the code. Please enter the six digits again.';

/**
 * Asks who answered for the code of a validation, which lets the account show the number, and says what came of it. A
 * redirect of the call ends it like a wrong code. Twilio: voice/api/outgoing-caller-ids#add-an-outgoing-caller-id
 */
export async function verifyNumber(live: LiveCall, { code }: Validation): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const input = await takeInput(live, { url: undefined }, asking(attempt === 0 ? ask : askAgain));
    if (live.signal.aborted) return;
    if (input?.digits === code) {
      await recordValidation(live.context.actions, live.call.sid);
      await speak(live, saying('Thank you. Your phone number is verified. Goodbye.'));
      return;
    }
  }
  await speak(live, saying('Your phone number was not verified. Goodbye.'));
}

function saying(text: string) {
  return { verb: 'Say', text, language: 'en-US', loop: 1 } as const;
}

function asking(text: string): GatherVerb {
  return {
    verb: 'Gather',
    input: ['dtmf'],
    method: 'POST',
    timeoutSec: 10,
    finishOnKey: '#',
    numDigits: 6,
    actionOnEmptyResult: false,
    language: 'en-US',
    maxSpeechTimeSec: 60,
    bargeIn: true,
    partialResultCallbackMethod: 'POST',
    prompts: [saying(text)],
  };
}
