import type { StartVerb, StopVerb } from '@tutti/twiml';
import { alertNamed } from '../../actions/raise-alert.ts';
import { shownUrl } from '../../callback/target.ts';
import { recordLeg } from '../call-recording.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { LiveCall } from '../live-call.ts';
import { goOn, type Next } from '../next.ts';
import { recordingSettings } from '../recording-settings.ts';
import { refuseElement } from '../refuse-element.ts';
import { beginStream } from './stream.ts';
import { beginTranscription } from './transcription.ts';

/** What `<Start>` and the API begin has one name. Twilio: voice/api/recording#source */
const SOURCE = 'StartCallRecordingAPI';

/** Begins what goes on while the document goes on. Twilio: voice/twiml/start */
export async function runStart(
  live: LiveCall,
  running: RunningDocument,
  verb: StartVerb,
): Promise<Next> {
  for (const noun of verb.nouns) {
    if (noun.noun === 'Unsupported') {
      return refuseElement(live, running, { ...noun, name: `Start><${noun.name}` });
    }
    if (noun.noun === 'Stream') {
      await beginStream(live, running, noun, false);
      continue;
    }
    if (noun.noun === 'Transcription') {
      await beginTranscription(live, running, noun);
      continue;
    }
    const leg = await live.answer();
    if (leg === undefined) return goOn;
    const settings = await recordingSettings(live, running, noun, {
      source: SOURCE,
      channels: noun.channels === 'dual' ? 2 : 1,
      track: noun.track,
      trim: noun.trim,
    });
    await recordLeg(live, leg, settings);
  }
  return goOn;
}

/** Ends the recordings, streams and transcriptions that `<Start>` or the API began; of the other nouns nothing was ever begun. */
export async function runStop(
  live: LiveCall,
  running: RunningDocument,
  verb: StopVerb,
): Promise<Next> {
  const warn = async (problem: string): Promise<void> => {
    const url = running.url === undefined ? 'Twiml parameter' : shownUrl(running.url);
    await live.alerts.raise(alertNamed('twimlWarning', { url, problem }));
  };
  for (const { noun, name } of verb.nouns) {
    if (noun === 'Stream' || noun === 'Transcription') {
      const { streams, transcriptions } = live.context;
      const open = (noun === 'Stream' ? streams : transcriptions).ofCall(live.call.sid);
      const meant = open.filter(
        ({ row }) => name === undefined || row.name === name || row.sid === name,
      );
      const stopped = Promise.all(meant.map((each) => each.stop()));
      // The last words may take the engine a while: the document does not wait for them.
      if (noun === 'Stream') await stopped;
      if (meant.length > 0) continue;
      const names = open.map(({ row }) => row.name ?? row.sid).join(', ') || 'none';
      await warn(
        `<Stop><${noun} name="${name ?? ''}"> has nothing to stop: of this call, ${names} is open.`,
      );
      continue;
    }
    if (noun !== 'Recording') {
      await warn(`<Stop><${noun}> has nothing to stop: this version of Tutti starts none.`);
      continue;
    }
    for (const recording of live.context.recordings.values()) {
      const { callSid, source } = recording.row;
      if (callSid === live.call.sid && source === SOURCE) await recording.stop();
    }
  }
  return goOn;
}
