import type { DialVerb } from '@tutti/twiml';
import { recordingParameters, recordLeg, type CallRecording } from './call-recording.ts';
import type { RunningDocument } from './interpreter.ts';
import type { LiveCall } from './live-call.ts';
import { recordingSettings } from './recording-settings.ts';

/** The recording of one `<Dial>`: what the calling leg says and hears. Twilio: voice/twiml/dial#record */
export class DialRecorder {
  readonly #live: LiveCall;
  readonly #running: RunningDocument;
  readonly #verb: DialVerb;
  #recording: CallRecording | undefined;

  constructor(live: LiveCall, running: RunningDocument, verb: DialVerb) {
    this.#live = live;
    this.#running = running;
    this.#verb = verb;
  }

  /** Begins once; without effect while the caller is not answered. */
  async start(): Promise<void> {
    const { leg } = this.#live;
    if (this.#recording !== undefined || leg === undefined) return;
    const { record, recordingTrack: track, trim } = this.#verb;
    const settings = await recordingSettings(this.#live, this.#running, this.#verb, {
      source: 'DialVerb',
      channels: record.endsWith('-dual') ? 2 : 1,
      track,
      trim,
    });
    this.#recording = await recordLeg(this.#live, leg, settings);
  }

  /** Ends it; what `action` is told of it. */
  async stop(): Promise<Record<string, string>> {
    const finished = await this.#recording?.stop();
    return finished === undefined ? {} : recordingParameters(finished);
  }
}
