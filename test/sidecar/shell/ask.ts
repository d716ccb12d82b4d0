import { request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly elapsedMs: number
}

export interface Question {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One request on a connection of its own, as the kubelet makes them. Rejects where nothing answers, or an answer breaks off. */
export function ask(port: number, { path, method = 'GET', headers = {} }: Question): Promise<Answer> {
  const begin = performance.now()
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers } = response
      response.setEncoding('utf8')
      let body = ''
      response.on('data', (text: string) => {
        body += text
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status, headers, body, elapsedMs: performance.now() - begin }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
