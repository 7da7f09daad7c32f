import type { StreamNoun } from '@tutti/twiml';
import { startStream } from '../../actions/start-stream.ts';
import { refusal, RequestError } from '../../base/app-error.ts';
import type { CallStream } from '../call-streams.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { LiveCall } from '../live-call.ts';
import { resolveUrl } from '../resolve-url.ts';

/**
 * Begins the stream of `<Start>` or `<Connect>`; undefined when it could not, and an alert has said why, or when the
 * call is over. Twilio: voice/twiml/stream
 */
export async function beginStream(
  live: LiveCall,
  running: RunningDocument,
  noun: StreamNoun,
  isBidirectional: boolean,
): Promise<CallStream | undefined> {
  const leg = await live.answer();
  if (leg === undefined) return undefined;
  const { url, name = null, track } = noun;
  try {
    if (url === undefined) {
      throw refusal('streamUrl', { url: '(none)', problem: '<Stream> has no url.' });
    }
    if (isBidirectional && track !== 'inbound_track') {
      throw refusal('streamTrack', { track });
    }
    const callback = noun.statusCallback && (await resolveUrl(live, running, noun.statusCallback));
    const row = await startStream(
      live.context.actions,
      { accountSid: live.call.accountSid, callSid: live.call.sid },
      {
        name,
        url,
        track,
        parameters: JSON.stringify(
          Object.fromEntries(noun.parameters.map((each) => [each.name, each.value])),
        ),
        statusCallback: callback || null,
        statusCallbackMethod: noun.statusCallbackMethod,
      },
    );
    const signal = isBidirectional ? live.signal : live.over.signal;
    return live.context.streams.begin(live, leg, row, { isBidirectional, signal });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    await live.alerts.of(error);
    return undefined;
  }
}
