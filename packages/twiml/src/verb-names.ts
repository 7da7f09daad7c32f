import { uncarriedVerbs } from './uncarried.ts';

/** Every verb of voice TwiML. Source: Twilio: voice/twiml. */
export const verbNames: readonly string[] = [
  'Say',
  'Play',
  'Pause',
  'Gather',
  'Redirect',
  'Reject',
  'Hangup',
  'Dial',
  'Connect',
  'Record',
  'Enqueue',
  'Leave',
  'Start',
  'Stop',
  'Refer',
  ...uncarriedVerbs.names,
];
