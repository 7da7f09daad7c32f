import type { Sid } from '@tutti/ids';
import { SpeechError } from '@tutti/media';
import { alertNamed, raiseAlert } from '../actions/raise-alert.ts';
import { SPOKEN_LANGUAGE } from '../model/conductor.ts';
import type { BusMessage } from '../model/bus-message.ts';
import { findMessage } from '../store/messages.ts';
import type { VoiceContext } from './context.ts';
import { sayVoice } from './say-voice.ts';

type News = Pick<
  Extract<BusMessage, { kind: 'message-to-speak' }>,
  'conversationSid' | 'messageSid'
>;

/** Speaks a chat message into the bridge of a Conductor, to its end, if the bridge is open here. Never rejects. */
export async function speakMessage(
  { actions, bridges, speech, config, log }: VoiceContext,
  conductorSid: Sid<'CN'>,
  { conversationSid, messageSid }: News,
): Promise<void> {
  try {
    if (!bridges.has(conductorSid)) return;
    const message = await findMessage(actions.db, conversationSid, messageSid);
    if (message === undefined || message.body === null) return;
    try {
      const { samples } = await speech.synthesize({
        text: message.body,
        language: SPOKEN_LANGUAGE,
        voice: sayVoice(config.synthesis, undefined, SPOKEN_LANGUAGE),
      });
      await bridges.play(conductorSid, samples);
    } catch (error) {
      if (!(error instanceof SpeechError)) throw error;
      const problem = `Message ${message.sid} could not be spoken into its calls: ${error.message}`;
      await raiseAlert(actions, {
        accountSid: message.accountSid,
        ...alertNamed('speechEngineMissing', { problem }),
        resourceSid: message.sid,
      });
    }
  } catch (err) {
    log.error({ err, messageSid }, 'message not spoken');
  }
}

/** Says that a message is left out because `limit` others wait to be spoken. Never rejects. */
export async function warnOfUnspoken(
  { actions, log }: VoiceContext,
  conductorSid: Sid<'CN'>,
  { conversationSid, messageSid }: News,
  limit: number,
): Promise<void> {
  try {
    const message = await findMessage(actions.db, conversationSid, messageSid);
    if (message === undefined) return;
    await raiseAlert(actions, {
      accountSid: message.accountSid,
      ...alertNamed('conductorBusy', {
        given: conductorSid,
        problem: `${limit} messages wait to be spoken into its calls, so message ${messageSid} is not spoken, nor are those that find no room after it. All of them are in the Conversation. Write less at once, or set Speak=off.`,
      }),
      resourceSid: conductorSid,
    });
  } catch (err) {
    log.error({ err, messageSid }, 'message not spoken');
  }
}
