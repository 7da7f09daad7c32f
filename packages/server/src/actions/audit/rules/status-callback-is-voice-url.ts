import { applicationPath, type AuditRule } from '../view.ts';

export const statusCallbackIsVoiceUrl: AuditRule = {
  name: 'status-callback-is-voice-url',
  find: ({ applications }) =>
    applications
      .filter(({ statusCallback, voiceUrl }) => voiceUrl !== null && statusCallback === voiceUrl)
      .map((application) => ({
        sids: [application.sid],
        where: `${applicationPath(application)} status_callback`,
        text: `Application ${application.sid} has the same URL as VoiceUrl and StatusCallback: when a call ends it is asked as if the call began, and what it answers is thrown away.`,
        fix: 'Set StatusCallback to a URL of its own; empty takes it away.',
        request: {
          method: 'POST',
          path: applicationPath(application),
          form: { StatusCallback: '' },
        },
      })),
};
