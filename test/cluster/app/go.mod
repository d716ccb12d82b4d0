module greenroom.dev/test/orders

go 1.24
