import type { StartVerb, StopVerb } from '@tutti/twiml';
import { alertNamed } from '../../actions/raise-alert.ts';
import { shownUrl } from '../../callback/target.ts';
import { recordLeg } from '../call-recording.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { LiveCall } from '../live-call.ts';
import { goOn, type Next } from '../next.ts';
import { recordingSettings } from '../recording-settings.ts';
import { refuseElement } from '../refuse-element.ts';

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
    if (noun.noun !== 'Recording') {
      return refuseElement(live, running, { name: `Start><${noun.noun}` });
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

/** Ends the recordings that `<Start>` or the API began; of the other nouns nothing was ever begun. */
export async function runStop(
  live: LiveCall,
  running: RunningDocument,
  verb: StopVerb,
): Promise<Next> {
  for (const { noun } of verb.nouns) {
    if (noun !== 'Recording') {
      const url = running.url === undefined ? 'Twiml parameter' : shownUrl(running.url);
      const problem = `<Stop><${noun}> has nothing to stop: this version of Tutti starts none.`;
      await live.alerts.raise(alertNamed('twimlWarning', { url, problem }));
      continue;
    }
    for (const recording of live.context.recordings.values()) {
      const { callSid, source } = recording.row;
      if (callSid === live.call.sid && source === SOURCE) await recording.stop();
    }
  }
  return goOn;
}
