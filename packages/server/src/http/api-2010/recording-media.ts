import { createReadStream } from 'node:fs';
import { isSid } from '@tutti/ids';
import { refusal } from '../../base/app-error.ts';
import { findAccount } from '../../store/accounts.ts';
import type { MediaFiles } from '../../store/media-files.ts';
import { findRecording } from '../../store/recordings.ts';
import { arrivalOf } from '../arrival.ts';
import type { Routes } from '../operation.ts';

/**
 * The sound of a recording: `/Recordings/RE…` or `/Recordings/RE….wav`, which `../arrival.ts` leads here. Its SID is its
 * own credential, as with Twilio: players and `<Play>` fetch it as it is.
 */
export function recordingMedia({ app, prefix, context }: Routes, files: MediaFiles): void {
  const { db } = context;
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
      const channels = searchParams.get('RequestedChannels') ?? String(recording.channels);
      if (type !== 'wav' || channels !== String(recording.channels)) {
        const given = type === 'wav' ? `RequestedChannels=${channels}` : `.${type}`;
        throw refusal('recordingFormat', { sid, given, channels: recording.channels });
      }
      if ((await files.dateOf(sid)) === undefined)
        throw refusal('mediaFileLost', { sid, more: '' });
      reply.header('Content-Type', 'audio/x-wav');
      reply.header('Content-Length', recording.sizeBytes ?? 0);
      reply.header('Content-Disposition', `inline; filename="${sid}.wav"`);
      return reply.send(createReadStream(await files.pathOf(sid)));
    },
  });
}
