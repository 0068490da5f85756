module treering/interop

go 1.21
