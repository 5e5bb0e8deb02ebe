module example.com/dataflow-grpc

go 1.16

require (
	github.com/golang/protobuf v1.4.3
	google.golang.org/grpc v1.33.3
	google.golang.org/protobuf v1.25.0
)
