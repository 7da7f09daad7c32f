import { isSid } from '@tutti/ids';
import { Mp3Encoder } from '@tutti/media';
import { refusal } from '../../base/app-error.ts';
import type { Recording } from '../../model/recording.ts';
import { findAccount } from '../../store/accounts.ts';
import type { MediaFiles } from '../../store/media-files.ts';
import { findRecording } from '../../store/recordings.ts';
import { arrivalOf } from '../arrival.ts';
import type { Routes } from '../operation.ts';
import { mp3Of, wavOf } from './recording-sound.ts';

/**
 * The sound of a recording: `/Recordings/RE…` or `/Recordings/RE….wav`, or `.mp3`, which `../arrival.ts` leads here. Its
 * SID is its own credential, as with Twilio: players and `<Play>` fetch it as it is.
 */
export function recordingMedia({ app, prefix, context }: Routes, files: MediaFiles): void {
  const { db } = context;
  const encoder = new Mp3Encoder();
  app.route({
    method: 'GET',
    url: `${prefix}/2010-04-01/Accounts/:AccountSid/RecordingMedia/:File`,
    config: { public: true },
    handler: async (request, reply) => {
      const { target } = arrivalOf(request.raw);
      const { pathname, searchParams } = new URL(target, 'http://localhost');
      const { AccountSid, File = '' } = request.params as Readonly<Record<string, string>>;
      const [key = '', type = 'wav'] = File.split('.');
      const recording = isSid(key, 'RE') ? await findRecording(db, key) : undefined;
      const account = recording && (await findAccount(db, recording.accountSid));
      if (
        recording?.accountSid !== AccountSid ||
        recording?.status !== 'completed' ||
        account?.status !== 'active'
      ) {
        throw refusal('notFound', { path: pathname });
      }
      const { sid } = recording;
      if (type !== 'wav' && type !== 'mp3')
        throw refusal('recordingFormat', { sid, given: `.${type}` });
      const wantedChannels = readChannels(searchParams.get('RequestedChannels'), recording);
      if ((await files.dateOf(sid)) === undefined)
        throw refusal('mediaFileLost', { sid, more: '' });
      const { channels } = recording;
      const path = await files.pathOf(sid);
      const wanted = { path, sizeBytes: recording.sizeBytes ?? 0, channels, wantedChannels };
      if (type === 'mp3' && !encoder.hasRoom) {
        const problem = `too many recordings are being fetched as MP3. Try again, or fetch ${sid}.wav.`;
        throw refusal('tooManyRequests', { problem }, { retryAfterSec: 5 });
      }
      const sound = type === 'mp3' ? mp3Of(encoder, wanted) : wavOf(wanted);
      reply.header('Content-Type', sound.type);
      if (sound.sizeBytes !== undefined) reply.header('Content-Length', sound.sizeBytes);
      reply.header('Content-Disposition', `inline; filename="${sid}.${type}"`);
      return reply.send(sound.stream);
    },
  });
}

/** Twilio: voice/api/recording#download-dual-channel-media-files. @throws RequestError invalidParameter, monoRecording */
function readChannels(given: string | null, { sid, channels }: Recording): 1 | 2 {
  if (given === null || given === '') return channels;
  if (given !== '1' && given !== '2') {
    const problem = `${given} was given; 1 or 2 is expected.`;
    throw refusal('invalidParameter', { name: 'RequestedChannels', problem });
  }
  const wanted = given === '1' ? 1 : 2;
  if (wanted > channels) throw refusal('monoRecording', { sid });
  return wanted;
}
