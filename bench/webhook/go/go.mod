module greenroom.dev/bench/webhook

go 1.24
