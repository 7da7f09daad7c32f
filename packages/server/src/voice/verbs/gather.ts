import { SpeechError, type SpeechResult } from '@tutti/media';
import type { GatherVerb } from '@tutti/twiml';
import { tellOfSpeech } from '../../actions/tell-of-speech.ts';
import { refusal } from '../../base/app-error.ts';
import { sleep } from '../../base/clock.ts';
import { GatherInput } from '../gather-input.ts';
import type { LiveCall } from '../live-call.ts';
import { failDocument, goOn, type Next } from '../next.ts';
import { resolveUrl } from '../resolve-url.ts';
import type { RunningDocument } from '../interpreter.ts';
import { StableWords } from '../stable-words.ts';
import { runPlay } from './play.ts';
import { runSay } from './say.ts';

/** Twilio: voice/twiml/gather */
export async function runGather(
  live: LiveCall,
  running: Pick<RunningDocument, 'url'>,
  verb: GatherVerb,
  signal: AbortSignal = live.signal,
): Promise<Next> {
  const input = await takeInput(live, running, verb, signal);
  if (input === undefined) return goOn;
  const { digits, finishedOn, spoken } = input;
  const isEmpty = digits === '' && spoken === undefined;
  if (signal.aborted || (isEmpty && !verb.actionOnEmptyResult)) return goOn;
  const url = await resolveUrl(live, running, verb.action);
  if (url === undefined) return failDocument;
  return {
    kind: 'fetch',
    url,
    method: verb.method,
    parameters:
      spoken === undefined
        ? { Digits: digits, ...(finishedOn === '' ? {} : { FinishedOnKey: finishedOn }) }
        : { SpeechResult: spoken.transcript, ...confidenceOf(spoken) },
  };
}

/** Plays the prompts of a Gather and waits for its input; undefined when the call is over. */
export async function takeInput(
  live: LiveCall,
  running: Pick<RunningDocument, 'url'>,
  verb: GatherVerb,
  signal: AbortSignal = live.signal,
): Promise<Pick<GatherInput, 'digits' | 'finishedOn' | 'spoken'> | undefined> {
  const leg = await live.answer();
  if (leg === undefined) return undefined;
  const hearsSpeech = verb.input.includes('speech') && (await canHear(live, verb));
  const onPartial = hearsSpeech ? await partialTeller(live, running, verb) : undefined;
  const input = new GatherInput({
    leg,
    clock: live.context.actions.clock,
    verb,
    // Without an engine they are all that can be taken.
    takesKeys: verb.input.includes('dtmf') || !hearsSpeech,
    engine: hearsSpeech ? live.context.recognition : undefined,
    signal,
    onPartial: (result) => onPartial?.(result),
    onError: (error) => live.context.track(notHeard(live, error.message)),
  });
  for (const key of live.takeEarlyKeys()) input.press(key);
  try {
    await playPrompts(live, running, verb, input, signal);
    await input.finished();
  } finally {
    input.close();
  }
  return input;
}

/** Whether the engine hears the language; else an alert says why not. */
async function canHear(live: LiveCall, { language }: GatherVerb): Promise<boolean> {
  try {
    await live.context.recognition.check(language);
    return true;
  } catch (error) {
    if (!(error instanceof SpeechError)) throw error;
    await notHeard(live, `${error.message}. Keys are taken all the same.`);
    return false;
  }
}

async function notHeard(live: LiveCall, reason: string): Promise<void> {
  const problem = `<Gather input="speech"> could not hear what was said: ${reason}`;
  await live.alerts.of(refusal('speechEngineMissing', { problem }));
}

/** Tells partialResultCallback, if there is one. Twilio: voice/twiml/gather#partialresultcallback */
async function partialTeller(
  live: LiveCall,
  running: Pick<RunningDocument, 'url'>,
  { partialResultCallback, partialResultCallbackMethod: method }: GatherVerb,
): Promise<((result: SpeechResult) => void) | undefined> {
  const url = partialResultCallback && (await resolveUrl(live, running, partialResultCallback));
  if (url === undefined || url === '') return undefined;
  const words = new StableWords();
  let sequenceNumber = 0;
  return (result) => {
    const { stable, unstable, share } = words.next(result);
    const parameters = {
      SequenceNumber: String(sequenceNumber),
      StableSpeechResult: stable,
      UnstableSpeechResult: unstable,
      Stability: share.toFixed(2),
      ...confidenceOf(result),
    };
    sequenceNumber += 1;
    const { actions, track } = live.context;
    track(
      tellOfSpeech(actions, live.call, { eventType: 'partial-result', url, method, parameters }),
    );
  };
}

function confidenceOf({ confidence }: SpeechResult): { readonly Confidence?: string } {
  return confidence === undefined ? {} : { Confidence: String(Math.round(confidence * 1e4) / 1e4) };
}

/** Prompts stop at the first key or word, unless bargeIn is off. */
async function playPrompts(
  live: LiveCall,
  running: Pick<RunningDocument, 'url'>,
  verb: GatherVerb,
  input: GatherInput,
  given: AbortSignal,
): Promise<void> {
  const signal = verb.bargeIn ? AbortSignal.any([given, input.started]) : given;
  for (const prompt of verb.prompts) {
    if (signal.aborted) return;
    if (prompt.verb === 'Say') await runSay(live, prompt, signal);
    else if (prompt.verb === 'Play') await runPlay(live, running, prompt, signal);
    else await sleep(live.context.actions.clock, prompt.lengthSec * 1000, signal);
  }
}
