import type { TranscriptionNoun } from '@tutti/twiml';
import { startLiveTranscription } from '../../actions/start-live-transcription.ts';
import { RequestError } from '../../base/app-error.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { LiveCall } from '../live-call.ts';
import { resolveUrl } from '../resolve-url.ts';

/** Begins the transcription of `<Start>`; an alert says why when it cannot. Twilio: voice/twiml/transcription */
export async function beginTranscription(
  live: LiveCall,
  running: RunningDocument,
  noun: TranscriptionNoun,
): Promise<void> {
  const leg = await live.answer();
  if (leg === undefined) return;
  const { statusCallbackUrl: given, name = null } = noun;
  const { accountSid, sid: callSid } = live.call;
  try {
    const callback = given && (await resolveUrl(live, running, given));
    const row = await startLiveTranscription(
      live.context.actions,
      { accountSid, callSid },
      {
        name,
        track: noun.track,
        languageCode: noun.languageCode,
        partialResults: noun.partialResults,
        hints: noun.hints ?? null,
        inboundTrackLabel: noun.inboundTrackLabel ?? null,
        outboundTrackLabel: noun.outboundTrackLabel ?? null,
        statusCallback: callback || null,
        statusCallbackMethod: noun.statusCallbackMethod,
      },
    );
    live.context.transcriptions.begin(live, leg, row);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    await live.alerts.of(error);
  }
}
