import { createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isSid } from '@tutti/ids';
import { refusal } from '../../base/app-error.ts';
import type { Instant } from '../../base/clock.ts';
import type { Media } from '../../model/media.ts';
import { findAccount } from '../../store/accounts.ts';
import { findMedia } from '../../store/media.ts';
import type { MediaFiles } from '../../store/media-files.ts';
import { arrivalOf } from '../arrival.ts';
import { sameText } from '../auth.ts';
import { pathNotFound } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, type Json } from '../render.ts';

/** How long a link to the content is good for. */
const LINK_LIFE_MS = 300_000;

/** A medium by its SID, and its bytes by the signed link that it shows. */
export function mediaRoutes(routes: Routes, files: MediaFiles): void {
  const { app, prefix, context } = routes;
  const { db, clock } = context;
  const item = '/v1/Services/:ChatServiceSid/Media/:Sid';

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => {
      const { account } = request.caller;
      const key = request.path['Sid'] ?? '';
      const media = isSid(key, 'ME') ? await findMedia(db, key) : undefined;
      if (
        media?.accountSid !== account.sid ||
        media.chatServiceSid !== request.path['ChatServiceSid']
      ) {
        throw pathNotFound(request, key, 'ME');
      }
      const until = clock.now() + LINK_LIFE_MS;
      const proof = proofOf(media.sid, until, account.authToken);
      return renderMedia(media, request.base, `Until=${until}&Proof=${proof}`);
    },
  });

  // The link is its own credential: players and browsers fetch it as it is.
  app.route({
    method: 'GET',
    url: `${prefix}${item}/Content`,
    config: { public: true },
    handler: async (request, reply) => {
      const { target } = arrivalOf(request.raw);
      const { searchParams } = new URL(target, 'http://localhost');
      const { Sid: key = '' } = request.params as Readonly<Record<string, string>>;
      const media = isSid(key, 'ME') ? await findMedia(db, key) : undefined;
      const account = media && (await findAccount(db, media.accountSid));
      const until = Number(searchParams.get('Until'));
      if (
        media === undefined ||
        account?.status !== 'active' ||
        until < clock.now() ||
        !sameText(searchParams.get('Proof') ?? '', proofOf(media.sid, until, account.authToken))
      ) {
        throw refusal('forbidden', {
          problem: `The link is not valid, or not any more. Get a new one: GET ${target.split('/Content')[0] ?? ''}`,
        });
      }
      if ((await files.dateOf(media.sid)) === undefined) {
        throw refusal('mediaFileLost', { sid: media.sid, more: '' });
      }
      reply.header('Content-Type', media.contentType);
      reply.header('Content-Length', media.sizeBytes);
      reply.header('Content-Disposition', `inline; filename="${media.filename}"`);
      return reply.send(createReadStream(await files.pathOf(media.sid)));
    },
  });
}

function proofOf(sid: string, until: Instant, authToken: string): string {
  return createHmac('sha256', authToken).update(`${sid} ${until}`).digest('hex');
}

function renderMedia(media: Media, base: string, query: string): Json {
  const path = `/v1/Services/${media.chatServiceSid}/Media/${media.sid}`;
  return {
    sid: media.sid,
    service_sid: media.chatServiceSid,
    channel_sid: media.conversationSid,
    message_sid: media.messageSid,
    date_created: isoDate(media.dateCreated),
    date_updated: isoDate(media.dateUpdated),
    date_upload_updated: isoDate(media.dateUpdated),
    size: media.sizeBytes,
    content_type: media.contentType,
    filename: media.filename,
    category: 'media',
    author: media.author,
    is_multipart_upstream: false,
    url: `${base}${path}`,
    links: {
      content: `${path}/Content`,
      content_direct_temporary: `${base}${path}/Content?${query}`,
    },
  };
}
