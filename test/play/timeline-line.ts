import type { Role } from './order.ts'
import type { Paint, Style } from './paint.ts'
import type { Timed } from './timeline.ts'

interface Line {
  /** Who did or said it: a container, or one of the others. */
  readonly who: string
  readonly sign: string
  readonly style: Style
  readonly text: string
}

const roles: Record<Role, string> = { init: 'init container', sidecar: 'native sidecar', app: 'app' }

/** Colours for containers, in the order of their appearance in the pod. */
const containerStyles: readonly Style[] = ['magenta', 'cyan', 'yellow', 'blue']

/** Room for names; a longer one pushes its line to the right. */
const whoWidth = 19

export interface Look {
  /** In the order of the pod. */
  readonly containers: readonly string[]
  readonly paint: Paint
  readonly columns: number
}

/** A happening for people, on as many lines as the columns ask for; none for what need not be told. */
export function timelineLines(happening: Timed, { containers, paint, columns }: Look): readonly string[] {
  const line = lineOf(happening)
  if (!line) return []
  const { who, sign, style, text } = line
  const index = containers.indexOf(who)
  const whoStyle = containerStyles[index % containerStyles.length] ?? 'bold'
  const time = (happening.at / 1000).toFixed(2).padStart(7)
  const name = who.padEnd(whoWidth)
  const indent = `${time}  ${name} ${sign} `.length
  return wrap(text, columns - indent).map((part, row) => {
    const said = happening.kind === 'line' ? part : paint(style, part)
    if (row > 0) return `${' '.repeat(indent)}${said}`
    return `${paint('dim', time)}  ${paint(whoStyle, name)} ${paint(style, sign)} ${said}`
  })
}

/** Breaks at blanks where there are any. */
function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(width, 20)
  if (text.length <= room) return [text]
  const blank = text.lastIndexOf(' ', room)
  const end = blank > 0 ? blank : room
  return [text.slice(0, end), ...wrap(text.slice(end).trimStart(), width)]
}

function lineOf(happening: Timed): Line | undefined {
  switch (happening.kind) {
    case 'starting':
      return undefined
    case 'started': {
      const { container, role, command } = happening
      return { who: container, sign: '▶', style: 'bold', text: `started (${roles[role]}): ${shorten(command)}` }
    }
    case 'handling': {
      if (happening.handler === 'postStart') return undefined
      return { who: happening.container, sign: '…', style: 'dim', text: `${happening.handler} begins` }
    }
    case 'handled': {
      const { container, handler, code, tookMs } = happening
      if (code !== 0) return { who: container, sign: '✗', style: 'red', text: `${handler} failed with ${code}` }
      return { who: container, sign: '✓', style: 'dim', text: `${handler} done after ${seconds(tookMs)}` }
    }
    case 'probed': {
      const { container, ready, status } = happening
      const answer = status === 0 ? 'no answer' : String(status)
      if (ready) return { who: container, sign: '●', style: 'green', text: `readiness probe passes (${answer})` }
      return { who: container, sign: '○', style: 'yellow', text: `readiness probe fails (${answer})` }
    }
    case 'pod-ready': {
      if (happening.ready) return { who: 'kubelet', sign: '●', style: 'green', text: 'the pod is Ready' }
      return { who: 'kubelet', sign: '○', style: 'yellow', text: 'the pod is not Ready' }
    }
    case 'deleted': {
      const text = `the pod is deleted, grace period ${happening.graceSeconds} s`
      return { who: 'kubelet', sign: '✂', style: 'bold', text }
    }
    case 'signalled': {
      const { container, signal } = happening
      return {
        who: 'kubelet',
        sign: '↯',
        style: signal === 'SIGKILL' ? 'red' : 'bold',
        text: `${signal} to ${container}`,
      }
    }
    case 'exited': {
      const { container, code, message } = happening
      const text = `exited with ${code}${message === '' ? '' : `: ${message}`}`
      return { who: container, sign: '■', style: code === 0 ? 'bold' : 'red', text }
    }
    case 'backing-off': {
      const { container, delayMs } = happening
      return {
        who: container,
        sign: '↻',
        style: 'yellow',
        text: `restarts ${delayMs ? `in ${seconds(delayMs)}` : 'now'}`,
      }
    }
    case 'pod-gone':
      return { who: 'kubelet', sign: '■', style: 'bold', text: 'the pod is gone' }
    case 'line':
      return { who: happening.container, sign: '│', style: 'dim', text: happening.text }
    case 'marker': {
      const { path, there, status } = happening
      if (there) return { who: 'load balancer', sign: '◆', style: 'green', text: `${path} is there (200): traffic on` }
      const answer = status === 0 ? 'no answer' : String(status)
      return { who: 'load balancer', sign: '◇', style: 'yellow', text: `${path} is not there (${answer}): no traffic` }
    }
    case 'request': {
      const { status, body } = happening
      if (status === 200) return { who: 'load balancer', sign: '→', style: 'dim', text: `200 ${shorten(body)}` }
      return { who: 'load balancer', sign: '✗', style: 'red', text: `a request was lost (${status || 'no answer'})` }
    }
    case 'grants': {
      const { ips } = happening
      if (ips.length === 0) return { who: 'authorization', sign: '◇', style: 'yellow', text: 'nobody is authorized' }
      return { who: 'authorization', sign: '◆', style: 'green', text: `authorized: ${ips.join(', ')}` }
    }
    default:
      return happening satisfies never
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}
