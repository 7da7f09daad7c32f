import { applicationPath, servingApplications, type AuditRule } from '../view.ts';

export const voiceUrlEmpty: AuditRule = {
  name: 'voice-url-empty',
  find: (view) =>
    servingApplications(view)
      .filter(([{ voiceUrl }]) => voiceUrl === null)
      .map(([application, conductor]) => ({
        sids: [application.sid, conductor.sid],
        where: `${applicationPath(application)} voice_url`,
        text: `Application ${application.sid}, which Conductor ${conductor.sid} names, has no VoiceUrl: its calls have no document.`,
        fix: 'Set VoiceUrl of the Application.',
      })),
};
