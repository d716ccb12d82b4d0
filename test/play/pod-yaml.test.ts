import t from 'tap'
import { podYaml } from './pod-yaml.ts'

const long = 'x'.repeat(120)
t.equal(
  podYaml({
    metadata: { name: 'a', labels: { b: 'c' } },
    spec: {
      containers: [
        {
          name: 'a',
          command: ['sh', '-c', 'true'],
          env: [
            { name: 'A', value: '1' },
            { name: 'L', value: long },
          ],
        },
      ],
      volumes: [{ name: 'v', emptyDir: {} }],
    },
  }),
  `metadata:
  name: a
  labels:
    b: c
spec:
  containers:
    - name: a
      command: [sh, -c, "true"]
      env:
        - {name: A, value: "1"}
        - name: L
          value: ${long}
  volumes:
    - {name: v, emptyDir: {}}
`,
)
