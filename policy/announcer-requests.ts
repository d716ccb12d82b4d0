import { escapedText } from './placeholders.ts'
import { templateOf } from './request-template.ts'
import type { AnnouncerPolicy } from './schema/announcer.ts'
import type { RequestTemplate } from './settings.ts'

interface Requests {
  readonly online: RequestTemplate
  readonly offline: RequestTemplate
}

/**
 * What an announcer is told. Each may be told twice.
 *
 * | type | online | offline | source |
 * |---|---|---|---|
 * | consul | maintenance of the service off | on | https://developer.hashicorp.com/consul/api-docs/agent/service#enable-maintenance-mode |
 * | eureka | the override is removed | overridden by OUT_OF_SERVICE | https://github.com/Netflix/eureka/wiki/Eureka-REST-operations |
 * | dubbo | QOS online | QOS offline | https://dubbo.apache.org/en/overview/mannual/java-sdk/reference-manual/qos/overview |
 * | http | as written | as written | |
 */
export function requestsOf(announcer: AnnouncerPolicy): Requests {
  switch (announcer.type) {
    case 'consul': {
      const url = `${announcer.address}/v1/agent/service/maintenance/${escapedText(announcer.serviceId)}`
      const reason = encodeURIComponent('the pod is offline')
      return {
        online: { method: 'PUT', url: `${url}?enable=false` },
        offline: { method: 'PUT', url: `${url}?enable=true&reason=${reason}` },
      }
    }
    case 'eureka': {
      const { address, app, instanceId } = announcer
      const url = `${address}/apps/${escapedText(app)}/${escapedText(instanceId)}/status`
      return {
        online: { method: 'DELETE', url: `${url}?value=UP` },
        offline: { method: 'PUT', url: `${url}?value=OUT_OF_SERVICE` },
      }
    }
    case 'dubbo': {
      // The sidecar is in the pod's network namespace, and QOS listens to no one outside of it.
      const url = `http://127.0.0.1:${announcer.port}`
      return { online: { method: 'GET', url: `${url}/online` }, offline: { method: 'GET', url: `${url}/offline` } }
    }
    case 'http':
      return { online: templateOf(announcer.online), offline: templateOf(announcer.offline) }
    default:
      return announcer satisfies never
  }
}
