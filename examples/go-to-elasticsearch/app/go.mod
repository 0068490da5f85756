module treering/examples/app

go 1.21
