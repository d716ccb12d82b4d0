module greenroom.dev/test/cluster/rolling/load

go 1.26
