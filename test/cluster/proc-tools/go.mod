module greenroom.dev/test/proc-reader

go 1.24
