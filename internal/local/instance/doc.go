// Package instance runs the local cloud's EC2 instances as processes on this machine: each runs the program that
// its image was made of, at a port of its own on the loopback interface.
//
// A program finds in its environment:
//
//	HOST, PORT                  where it must answer HTTP: 127.0.0.1 and a free port
//	INSTANCE_ID                 the instance, such as i-0123456789abcdef0
//	IMAGE_ID                    its AMI
//	AUTO_SCALING_GROUP_NAME     its Auto Scaling group; absent when it is in none
//	LAUNCH_TEMPLATE_VERSION     the launch template version that it was launched from; absent without one
//	AWS_REGION, AWS_ENDPOINT_URL and credentials that nobody checks
//
// On EC2 a program gets these from the instance's metadata and user data
// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html). What it prints is its log; lines in CloudWatch's
// embedded metric format become metrics, as the CloudWatch agent makes them.
package instance
