import t from 'tap'
import { applicationName, dnsLabel, nameList } from '../../../policy/formats/name.ts'
import { checkFormat } from './check-format.ts'

t.test('a container is named by a DNS label', async (t) => {
  checkFormat(t, dnsLabel, { app: 'app', 'app-2': 'app-2', App: undefined, '-app': undefined, '': undefined })
})

t.test("an application is named as in a label's value", async (t) => {
  checkFormat(t, applicationName, { orders: 'orders', 'Orders_v1.2': 'Orders_v1.2', 'a b': undefined, '': undefined })
})

t.test('a list is names separated by commas, each once', async (t) => {
  checkFormat(t, nameList, {
    'mysql:orders': ['mysql:orders'],
    'mysql:orders, redis:sessions,mysql:orders': ['mysql:orders', 'redis:sessions'],
    [`${'a,'.repeat(8_000)}a`]: undefined,
    '': [],
    'mysql,,redis': undefined,
    'my sql': undefined,
    'mysql\n': ['mysql'],
  })
})
