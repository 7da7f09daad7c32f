import { applicationPath, type AuditRule } from '../view.ts';

export const applicationUnused: AuditRule = {
  name: 'application-unused',
  find: ({ applications, conductors, namedApplications, numbers }) => {
    const used = new Set([
      ...conductors.map(({ applicationSid }) => applicationSid),
      ...numbers.flatMap((number) => [number.voiceApplicationSid, number.smsApplicationSid]),
    ]);
    return applications
      .filter(({ sid }) => !used.has(sid) && !namedApplications.has(sid))
      .map((application) => ({
        sids: [application.sid],
        where: applicationPath(application),
        text: `No Conductor and no phone number uses Application ${application.sid}, and no call, TwiML or access token has named it lately: its URLs are never asked.`,
        fix: 'Set it as the ApplicationSid of a Conductor, or as the VoiceApplicationSid of a number; or delete it.',
      }));
  },
};
