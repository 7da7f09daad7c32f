import { SpeechError } from '@tutti/media';
import { raiseAlert } from '../actions/raise-alert.ts';
import { alertText } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import type { BusMessage } from '../model/bus-message.ts';
import { findMessage } from '../store/messages.ts';
import type { VoiceContext } from './context.ts';

/** Speaks a chat message into the bridges of its conversation's Conductors that are open here. Never rejects. */
export async function speakMessage(
  context: VoiceContext,
  news: Extract<BusMessage, { kind: 'message-to-speak' }>,
): Promise<void> {
  const { actions, bridges, speech, log } = context;
  try {
    const conductors = news.conductorSids.filter((sid) => bridges.has(sid));
    if (conductors.length === 0) return;
    const message = await findMessage(actions.db, news.conversationSid, news.messageSid);
    if (message === undefined || message.body === null) return;
    try {
      const { samples } = await speech.synthesize({ text: message.body, language: 'en-US' });
      for (const sid of conductors) bridges.play(sid, samples);
    } catch (error) {
      if (!(error instanceof SpeechError)) throw error;
      const problem = `Message ${message.sid} could not be spoken into its calls: ${error.message}`;
      await raiseAlert(actions, {
        accountSid: message.accountSid,
        errorCode: catalogue.speechEngineMissing.code,
        level: 'error',
        text: alertText('speechEngineMissing', { problem }),
        resourceSid: message.sid,
      });
    }
  } catch (err) {
    log.error({ err, messageSid: news.messageSid }, 'message not spoken');
  }
}
