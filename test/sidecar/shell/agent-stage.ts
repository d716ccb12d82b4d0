import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { addProgram, type StartOptions, startAgent } from './app.ts'
import { resting } from './deciders.ts'
import { journal, journaled, sayToAgent, startSidecar } from './sidecar.ts'
import { createStage } from './stage.ts'
import { until } from './until.ts'

export interface Request {
  readonly argv: readonly string[]
  readonly name?: string
  readonly limit?: number
  readonly need?: 'required' | 'optional'
}

/** A pod whose agent runs what the test asks for. */
export async function agentStage(t: Test, options: StartOptions = {}) {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  await startAgent(stage, options)
  await journaled(stage, /^started /)
  const [, boot = ''] =
    journal(stage)
      .find((line) => line.startsWith('started '))
      ?.split(' ') ?? []
  const request = ({ argv, name = 'preOnline', limit = 30, need = 'required' }: Request) =>
    sayToAgent(stage, `\nrun ${boot} ${name} ${limit} ${need} start ${argv.map((word) => `${word}\x1f`).join('')}`)
  const exited = (name = 'preOnline') => journal(stage).find((line) => line.startsWith(`hook-exited ${boot} ${name} `))
  const exit = async (name = 'preOnline') => (await until(`exit of ${name}`, () => exited(name))).split(' ').at(-1)
  const output = (name = 'preOnline') =>
    sidecar.lines.filter((line) => line.startsWith(`[${name}] `)).map((line) => line.slice(name.length + 3))
  const program = (body: string) => addProgram(stage, `program-${Math.random()}`, body)
  /** A file of the app's folder with something in it. */
  const said = (file: string) =>
    until(file, () => existsSync(join(stage.app, file)) && readFileSync(join(stage.app, file), 'utf8').trim())
  return { stage, boot, request, exited, exit, output, program, said }
}
