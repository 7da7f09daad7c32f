import { conductorPath, type AuditRule } from '../view.ts';

export const conductorApplicationGone: AuditRule = {
  name: 'conductor-application-gone',
  find: ({ applications, conductors }) => {
    const there = new Set<string>(applications.map(({ sid }) => sid));
    return conductors.flatMap((conductor) => {
      const { sid, applicationSid } = conductor;
      if (applicationSid === null || there.has(applicationSid)) return [];
      return {
        sids: [sid, applicationSid],
        where: `${conductorPath(conductor)} application_sid`,
        text: `Conductor ${sid} names Application ${applicationSid}, which is not there: its calls get no document of yours and join the bridge.`,
        fix: 'Set its ApplicationSid to an Application that exists; empty takes it away.',
        request: { method: 'POST', path: conductorPath(conductor), form: { ApplicationSid: '' } },
      };
    });
  },
};
