import { loopSource, silenceSource, toneSource, type AudioSource } from '@tutti/media';
import type { DialVerb } from '@tutti/twiml';
import { refusal } from '../../base/app-error.ts';
import { shownUrl } from '../../callback/target.ts';
import { durationSec, type CallStatus } from '../../model/call.ts';
import { dialNoun, type DialledNoun } from '../dial-noun.ts';
import type { LiveCall } from '../live-call.ts';
import { failDocument, goOn, type Next } from '../next.ts';
import { resolveUrl } from '../resolve-url.ts';
import type { RunningDocument } from '../interpreter.ts';

/** Twilio: voice/twiml/dial; the first noun that answers is bridged, the others stop ringing. */
export async function runDial(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
): Promise<Next> {
  if (live.isDialled) {
    await live.alertOf(refusal('dialNested', { sid: live.call.sid }));
    return failDocument;
  }
  const nouns: DialledNoun[] = [];
  for (const noun of verb.nouns) {
    if (noun.noun !== 'Unsupported') {
      nouns.push(noun);
      continue;
    }
    const url = running.url === undefined ? 'Twiml parameter' : shownUrl(running.url);
    await live.alertOf(refusal('unsupportedVerb', { url, verb: `Dial><${noun.name}` }));
    return failDocument;
  }
  if (!verb.answerOnBridge && (await live.answer()) === undefined) return goOn;

  const result = await dialAndBridge(live, running, verb, nouns);
  if (live.signal.aborted || verb.action === undefined) return goOn;
  const url = await resolveUrl(live, running, verb.action);
  if (url === undefined) return failDocument;
  return { kind: 'fetch', url, method: verb.method, parameters: result };
}

async function dialAndBridge(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  nouns: readonly DialledNoun[],
): Promise<Record<string, string>> {
  const ringing = new AbortController();
  const stopRinging = AbortSignal.any([live.signal, ringing.signal]);
  void live.leg?.media.play(ringback(), { signal: stopRinging });
  const { child, status } = await firstAnswer(live, running, verb, nouns);
  ringing.abort();
  if (child === undefined) return { DialCallStatus: status, DialBridged: 'false' };

  const bridged = await bridge(live, running, child, verb);
  const ended = await child.refresh();
  return {
    DialCallStatus: 'completed',
    DialCallSid: child.call.sid,
    DialCallDuration: String(durationSec(ended) ?? 0),
    DialBridged: String(bridged),
  };
}

/** Dials the nouns at once, or one by one; the child that answered, or how the last one came out. */
async function firstAnswer(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  nouns: readonly DialledNoun[],
): Promise<{ child: LiveCall | undefined; status: CallStatus }> {
  let status: CallStatus = 'failed';
  if (verb.sequential) {
    for (const noun of nouns) {
      if (live.signal.aborted) break;
      const outcome = await dialNoun(live, running, verb, noun, live.signal);
      if (outcome.kind === 'answered') return { child: outcome.child, status: 'in-progress' };
      status = outcome.status;
    }
    return { child: undefined, status };
  }
  const won = new AbortController();
  const signal = AbortSignal.any([live.signal, won.signal]);
  let winner: LiveCall | undefined;
  await Promise.all(
    nouns.map(async (noun) => {
      const outcome = await dialNoun(live, running, verb, noun, signal);
      if (outcome.kind !== 'answered') {
        if (winner === undefined) status = outcome.status;
      } else if (winner === undefined) {
        winner = outcome.child;
        won.abort();
      } else {
        await outcome.child.end('canceled');
      }
    }),
  );
  return { child: winner, status };
}

/** Lets the two hear each other until one of them goes; false when the calling leg was gone before. */
async function bridge(
  live: LiveCall,
  running: RunningDocument,
  child: LiveCall,
  verb: DialVerb,
): Promise<boolean> {
  const parent = await live.answer();
  if (parent === undefined || child.leg === undefined || live.signal.aborted) {
    await child.end('completed');
    return false;
  }
  const { media, actions } = live.context;
  const audio = media.createBridge();
  audio.add(parent.media);
  audio.add(child.leg.media);
  const over = new AbortController();
  const stop = (): void => over.abort();
  const cancelLimit = actions.clock.after(verb.timeLimitSec * 1000, stop);
  const stopListening = verb.hangupOnStar
    ? parent.media.onDigit((digit) => digit === '*' && stop())
    : () => undefined;
  live.signal.addEventListener('abort', stop, { once: true });
  void child.released.then(stop);
  await new Promise<void>((resolve) => {
    if (over.signal.aborted) resolve();
    over.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  cancelLimit();
  stopListening();
  audio.close();
  // A child that was redirected lives on by itself; any other ends with the bridge.
  if (child.wasRedirected) void running.interpreter.runCall(child);
  else await child.end('completed');
  return true;
}

/** Two seconds of ringing, four of silence: what a caller in North America expects. */
function ringback(): AudioSource {
  let on = false;
  return loopSource(() => {
    on = !on;
    return on
      ? toneSource({ frequenciesHz: [440, 480], durationMs: 2000, levelDbfs: -19 })
      : silenceSource(4000);
  }, 0);
}
