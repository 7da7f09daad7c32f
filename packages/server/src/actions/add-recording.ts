import type { Sid } from '@tutti/ids';
import { findConductor } from '../store/conductors.ts';
import { lockConversation } from '../store/conversations.ts';
import { insertMedia } from '../store/media.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import { insertNewMessage } from './add-message.ts';
import { systemOrigin, type ActionContext } from './context.ts';

export interface NewRecording {
  readonly sid: Sid<'ME'>;
  readonly accountSid: Sid<'AC'>;
  readonly conductorSid: Sid<'CN'>;
  readonly sizeBytes: number;
  readonly durationMs: number;
}

const AUTHOR = 'system';
const CONTENT_TYPE = 'audio/wav';

/**
 * Keeps what was said in a Conductor's bridge: as a message with the file, and in the timeline. A conversation that
 * has closed meanwhile takes no message any more; its timeline still has it. False when there is no conversation.
 */
export async function addRecording(
  context: ActionContext,
  recording: NewRecording,
): Promise<boolean> {
  return context.transact(async (tx) => {
    const { sid, accountSid, conductorSid, sizeBytes } = recording;
    const conductor = await findConductor(tx, accountSid, conductorSid);
    const conversation = conductor && (await lockConversation(tx, conductor.conversationSid));
    if (conversation === undefined) return false;
    const now = context.clock.now();
    const filename = `${conductorSid}-${sid}.wav`;
    const duration = Math.max(1, Math.round(recording.durationMs / 1000));
    const message =
      conversation.state === 'closed'
        ? undefined
        : await insertNewMessage(
            tx,
            context,
            {
              accountSid,
              conversationSid: conversation.sid,
              author: AUTHOR,
              body: null,
              media: JSON.stringify([
                { sid, size: sizeBytes, content_type: CONTENT_TYPE, filename, category: 'media' },
              ]),
              attributes: JSON.stringify({
                tutti: {
                  channel: 'voice',
                  kind: 'recording',
                  conductor_sid: conductorSid,
                  duration,
                },
              }),
            },
            systemOrigin,
          );
    const messageSid = message?.sid ?? null;
    await insertMedia(tx, {
      sid,
      accountSid,
      chatServiceSid: conversation.chatServiceSid,
      conversationSid: conversation.sid,
      messageSid,
      author: AUTHOR,
      filename,
      contentType: CONTENT_TYPE,
      sizeBytes,
      dateCreated: now,
      dateUpdated: now,
    });
    await insertTimelineEntry(tx, {
      accountSid,
      conversationSid: conversation.sid,
      kind: 'recording',
      event: 'completed',
      resourceSid: sid,
      data: JSON.stringify({ conductor_sid: conductorSid, duration, message_sid: messageSid }),
      dateCreated: now,
    });
    return true;
  });
}
