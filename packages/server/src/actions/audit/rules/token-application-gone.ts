import { explainSid } from '@tutti/ids';
import { APPLICATION_GRANT } from '../../../model/sid-use.ts';
import type { AuditRule } from '../view.ts';

export const tokenApplicationGone: AuditRule = {
  name: 'token-application-gone',
  find: ({ applications, grantedApplications }) => {
    const there = new Set<string>(applications.map(({ sid }) => sid));
    return grantedApplications.flatMap(({ sid, dateLastOccurred }) => {
      if (there.has(sid)) return [];
      const explained = explainSid(sid);
      const isApplication = explained.kind === 'sid' && explained.prefix === 'AP';
      const why = isApplication ? 'This account has no such Application.' : explained.sentence;
      return {
        sids: [sid],
        where: `grants.${APPLICATION_GRANT} of an access token`,
        text: `An access token, last seen ${new Date(dateLastOccurred).toISOString()}, grants calls by ${sid}. ${why} What its client dials has no Application to ask, and fails.`,
        fix: 'Mint tokens with an Application that exists: new VoiceGrant({ outgoingApplicationSid }). Clients keep the old token until it expires.',
      };
    });
  },
};
