package engine_test

// costOfInstances is the part of docs/cost.md that the engine does not count: what users' own instances, stacks and images cost because of
// a release. It says what is billed and for how long, and only prices that price_test.go has.
const costOfInstances = `
## Instances, stacks and images

What Goldfinch does costs much the same for every target; where traffic takes time to arrive, it asks once more in each minute. The releases above are of a function, which costs nothing while no request reaches it. Those of other targets run beside what is there, and AWS bills
that for as long as it is there, *T*:

| target | billed beside what runs anyway | for |
|---|---|---|
| ` + "`" + `alb` + "`" + `, ` + "`" + `asg` + "`" + ` with groups | as many instances again as the stable group has, with their volumes, public addresses and detailed monitoring | *T* |
| ` + "`" + `asg` + "`" + ` with instance refresh | 10% more instances, at least one, while one replaces another; and once more for a rollback | as long as instances are being replaced |
| ` + "`" + `route53` + "`" + ` | all of a second stack: instances, a load balancer by the hour and by its capacity units, health checks, what else your template has | *T*, and 60 s and the TTL until it may be deleted |
| ` + "`" + `lambda` + "`" + `, ` + "`" + `apigateway` + "`" + ` | provisioned concurrency of the new version, if the stable one has some | *T* |
| all with ` + "`" + `artifact.image` + "`" + ` | bake: Image Builder takes nothing, but the instances on which it builds and tests do, with their volumes | the build, of which equal inputs need one only |
| all with ` + "`" + `artifact.image` + "`" + ` | the image's snapshots, by the GB and month, in each Region to which the pipeline distributes | until ` + "`" + `goldfinch images SERVICE --delete` + "`" + ` |
| ` + "`" + `asg` + "`" + ` | your own metrics: three, by two dimensions, are six for each version, and the lines of log that they are made of | each hour in which they have values |
| a feature flag | AWS AppConfig, for what your callers' agents ask and get | always |

*T* = until all new instances are in service + checks + all steps + settling + the deregistration delay (5 minutes by default). With 10 instances that take 3 minutes to start:

` + "```" + `
default release    3m + 5m + 5m + 5m          = 18m     10 × 0.30 h  =   3 instance-hours
10 steps           3m + 10 × 5m + 5m + 5m     = 1h3m    10 × 1.05 h  =  10.5
24 hours           3m + 24h + 5m + 5m         = 24h13m  10 × 24.2 h  = 242
` + "```" + `

Times the price of your instance for an hour, volumes included. The second fleet of a long release is its largest cost by far: where that matters, take short steps (` + "`" + `adaptive` + "`" + ` ends them on evidence), or ` + "`" + `settle` + "`" + ` for less. The metrics of an ` + "`" + `asg` + "`" + ` version are
6 × $0.3 / 730 = $0.00247 for each hour.
`
