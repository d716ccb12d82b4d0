package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

func add(path string, value any) operation { return operation{"add", path, value} }

// What a pod gets that asks for it, and the warnings; nothing for a pod that does not. Of Greenroom's decisions, those that lead to an
// injection under the built-in policy.
func inject(pod *pod, namespace string) ([]operation, []string) {
	annotations := pod.Metadata.Annotations
	if namespace == "kube-system" || namespace == "greenroom-system" || pod.Spec.HostNetwork ||
		(pod.Spec.OS != nil && pod.Spec.OS.Name == "windows") || annotations["greenroom.dev/inject"] != "true" {
		return nil, nil
	}
	index := findApp(pod)
	if index == -1 {
		return nil, nil
	}
	app := &pod.Spec.Containers[index]
	asked, ok := findCheckurl(app)
	if !ok {
		return nil, nil
	}
	own := choosePort(pod)
	if own == 0 || isTaken(pod, app) {
		return nil, nil
	}
	application := findApplication(pod)
	container := "/spec/containers/" + strconv.Itoa(index)

	operations := make([]operation, 0, 20)
	operations = addParents(operations, pod, app, container)
	operations = addMetadata(operations, pod, own)
	operations = append(operations,
		add("/spec/volumes/-", volume{"greenroom", struct{}{}}),
		add("/spec/initContainers/0", sidecar(own, settingsText(application, app, asked))),
		add(container+"/volumeMounts/-", mount{"greenroom", "/greenroom", "helper", true}),
		add(container+"/volumeMounts/-", mount{"greenroom", "/run/greenroom", "shared", true}),
	)
	status := status{Version: version, Decision: "inject", Reason: "Injected", Container: app.Name, Port: own, Application: application}
	var warnings []string
	if len(app.Command) > 0 {
		launch := []string{busybox, "sh", "/greenroom/launch", runPath, "300", "optional", "1", "/app/hooks/preStart", "--"}
		operations = append(operations, add(container+"/command", append(launch, app.Command...)))
	} else {
		sentence := fmt.Sprintf("PreStartNotRun: command of %s is missing, expected it or an entrypoint to run preStart before.", app.Name)
		warnings = []string{sentence, mend}
		status.Problems = []string{sentence + " " + mend}
	}
	operations = append(operations,
		add(container+"/lifecycle/postStart", run(busybox, "sh", "/greenroom/start", runPath)),
		add(container+"/lifecycle/preStop", run(busybox, "sh", "/greenroom/offline", runPath, "62", "5")),
		add("/spec/terminationGracePeriodSeconds", grace(pod)+67),
		add("/metadata/annotations/greenroom.dev~1status", text(status)),
	)
	return operations, warnings
}

const (
	version = "0.1.0"
	image   = "greenroom:0.1.0"
	busybox = "/greenroom/busybox"
	runPath = "/run/greenroom"
	mend    = `Write command, greenroom.dev/entrypoint or greenroom.dev/pre-start; greenroom.dev/pre-start: "off" if there is none.`
)

func findApp(pod *pod) int {
	wanted := pod.Metadata.Annotations["kubectl.kubernetes.io/default-container"]
	if wanted == "" {
		wanted = "app"
	}
	for index := range pod.Spec.Containers {
		if pod.Spec.Containers[index].Name == wanted || len(pod.Spec.Containers) == 1 {
			return index
		}
	}
	return -1
}

func findCheckurl(app *appContainer) (checkurl, bool) {
	for _, probe := range []*probe{app.ReadinessProbe, app.StartupProbe, app.LivenessProbe} {
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Host != "" {
			continue
		}
		number, ok := probe.HTTPGet.Port.(float64)
		if !ok {
			continue
		}
		scheme := strings.ToLower(probe.HTTPGet.Scheme)
		if scheme == "" {
			scheme = "http"
		}
		return checkurl{"http", scheme, int(number), probe.HTTPGet.Path, []header{}, false, 300000}, true
	}
	return checkurl{}, false
}

// The first that no container declares or has probed.
func choosePort(pod *pod) int {
	taken := map[int]bool{}
	for _, containers := range [][]appContainer{pod.Spec.InitContainers, pod.Spec.Containers} {
		for index := range containers {
			for _, port := range containers[index].Ports {
				taken[port.ContainerPort] = true
			}
			for _, probe := range []*probe{containers[index].ReadinessProbe, containers[index].StartupProbe, containers[index].LivenessProbe} {
				if probe != nil && probe.HTTPGet != nil {
					if number, ok := probe.HTTPGet.Port.(float64); ok {
						taken[int(number)] = true
					}
				}
			}
		}
	}
	for _, port := range []int{15720, 15721, 15722} {
		if !taken[port] {
			return port
		}
	}
	return 0
}

// Whether something of the pod's has a name or a place of ours.
func isTaken(pod *pod, app *appContainer) bool {
	for _, containers := range [][]appContainer{pod.Spec.InitContainers, pod.Spec.Containers} {
		for index := range containers {
			if strings.HasPrefix(containers[index].Name, "greenroom") {
				return true
			}
		}
	}
	for _, volume := range pod.Spec.Volumes {
		if volume.Name == "greenroom" || volume.Name == "greenroom-token" {
			return true
		}
	}
	for _, mount := range app.VolumeMounts {
		if strings.HasPrefix(mount.MountPath+"/", "/greenroom/") || strings.HasPrefix(mount.MountPath+"/", runPath+"/") {
			return true
		}
	}
	return false
}

func findApplication(pod *pod) string {
	for _, label := range []string{"app.kubernetes.io/name", "app"} {
		if name := pod.Metadata.Labels[label]; name != "" {
			return name
		}
	}
	for _, owner := range pod.Metadata.OwnerReferences {
		if owner.Controller {
			return strings.TrimSuffix(owner.Name, "-"+pod.Metadata.Labels["pod-template-hash"])
		}
	}
	return strings.TrimRight(pod.Metadata.GenerateName, "-")
}

func addParents(operations []operation, pod *pod, app *appContainer, container string) []operation {
	if pod.Metadata.Labels == nil {
		operations = append(operations, add("/metadata/labels", struct{}{}))
	}
	if pod.Spec.Volumes == nil {
		operations = append(operations, add("/spec/volumes", []any{}))
	}
	if pod.Spec.InitContainers == nil {
		operations = append(operations, add("/spec/initContainers", []any{}))
	}
	if app.VolumeMounts == nil {
		operations = append(operations, add(container+"/volumeMounts", []any{}))
	}
	if app.Lifecycle == nil {
		operations = append(operations, add(container+"/lifecycle", struct{}{}))
	}
	return operations
}

func addMetadata(operations []operation, pod *pod, own int) []operation {
	operations = append(operations, add("/metadata/labels/greenroom.dev~1injected", "true"))
	for _, list := range []struct{ key, item string }{
		{"cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", "greenroom"},
		{"traffic.sidecar.istio.io/excludeInboundPorts", strconv.Itoa(own)},
		{"config.linkerd.io/skip-inbound-ports", strconv.Itoa(own)},
	} {
		item := list.item
		if present := pod.Metadata.Annotations[list.key]; present != "" {
			item = present + "," + item
		}
		operations = append(operations, add("/metadata/annotations/"+strings.ReplaceAll(list.key, "/", "~1"), item))
	}
	return operations
}

func grace(pod *pod) int {
	if pod.Spec.TerminationGracePeriodSeconds == nil {
		return 30
	}
	return *pod.Spec.TerminationGracePeriodSeconds
}

func drawToken() string {
	bytes := make([]byte, 18)
	rand.Read(bytes)
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func run(command ...string) handler { return handler{Exec: &exec{command}} }

func text(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // These are structs of ours.
	}
	return string(text)
}
