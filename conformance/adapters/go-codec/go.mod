module cutcheck/go-codec

go 1.19
