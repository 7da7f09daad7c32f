import { failureAlert, type FetchAlert } from './fetch-alert.ts';
import type { Sender } from './send.ts';

/** A sound that a document names. */
export interface MediaRequest {
  readonly url: string;
  /** Signs the request, as every webhook is. Absent: it goes out unsigned. */
  readonly authToken?: string;
  readonly signal?: AbortSignal;
}

export type MediaAnswer =
  | {
      readonly ok: true;
      readonly bytes: Buffer;
      /** As answered; empty when there was none. */
      readonly contentType: string;
    }
  | {
      readonly ok: false;
      /** Absent when the signal gave the request up. */
      readonly alert: FetchAlert | undefined;
    };

/** A larger file is refused. */
const maxBytes = 16 * 1024 * 1024;

/** Fetches the file of a `<Play>`, within 15 seconds. Never rejects. Twilio: voice/twiml/play */
export async function fetchMedia(sender: Sender, request: MediaRequest): Promise<MediaAnswer> {
  const { url, authToken, signal } = request;
  const asked = { url, method: 'GET', parameters: {} } as const;
  const answer = await sender.send({
    ...asked,
    authToken,
    idempotencyToken: undefined,
    maxBodyBytes: () => maxBytes,
    ...(signal !== undefined && { signal }),
  });
  if (!answer.ok) {
    return { ok: false, alert: answer.givenUp ? undefined : failureAlert(asked, answer) };
  }
  const contentType = answer.headers['content-type'] ?? '';
  return { ok: true, bytes: answer.body, contentType };
}
