import { SpeechError, SpeechListener } from '@tutti/media';
import { recordSpeech } from '../actions/record-speech.ts';
import { refusal } from '../base/app-error.ts';
import { SPOKEN_LANGUAGE, type Conductor } from '../model/conductor.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';

const SILENT_FRAME = new Int16Array(160);

/**
 * Listens to a caller of a Conductor with Transcribe=speech, and has each utterance become a message. The returned
 * function ends that: what was said until then is still written.
 */
export async function listenInBridge(
  live: LiveCall,
  leg: Leg,
  { transcribe }: Pick<Conductor, 'transcribe'>,
): Promise<() => void> {
  if (transcribe !== 'speech') return () => undefined;
  const { recognition, actions, closing, track, log } = live.context;
  const { sid: callSid } = live.call;
  const warn = (error: SpeechError): void =>
    track(
      live.alerts.of(
        refusal('speechEngineMissing', {
          problem: `What the caller said became no message: ${error.message}`,
        }),
      ),
    );
  try {
    await recognition.check(SPOKEN_LANGUAGE);
  } catch (error) {
    if (!(error instanceof SpeechError)) throw error;
    warn(error);
    return () => undefined;
  }
  const listener = new SpeechListener(recognition, {
    language: SPOKEN_LANGUAGE,
    onResult: ({ transcript, confidence }) => {
      if (transcript === '') return;
      const written = recordSpeech(actions, callSid, { transcript, confidence });
      track(written.catch((err: unknown) => log.error({ err, callSid }, 'speech lost')));
    },
    onError: warn,
  });
  const stop = leg.media.onFrames(({ said }) => listener.push(said ?? SILENT_FRAME));
  // A server that stops does not wait for an engine.
  const giveUp = (): void => listener.close();
  closing.addEventListener('abort', giveUp, { once: true });
  return () => {
    stop();
    track(listener.finish().finally(() => closing.removeEventListener('abort', giveUp)));
  };
}
