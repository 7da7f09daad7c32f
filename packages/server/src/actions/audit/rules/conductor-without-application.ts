import { conductorPath, type AuditRule } from '../view.ts';

export const conductorWithoutApplication: AuditRule = {
  name: 'conductor-without-application',
  find: ({ conductors }) =>
    conductors
      .filter(({ applicationSid }) => applicationSid === null)
      .map((conductor) => ({
        sids: [conductor.sid, conductor.conversationSid],
        where: `${conductorPath(conductor)} application_sid`,
        text: `Conductor ${conductor.sid} has no Application: its calls ask nobody what to do and join the bridge at once.`,
        fix: 'If calls are to hear something first, set ApplicationSid of the Conductor; if not, nothing is wrong.',
      })),
};
