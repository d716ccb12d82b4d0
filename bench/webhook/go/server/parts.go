package main

import "strconv"

type volume struct {
	Name     string   `json:"name"`
	EmptyDir struct{} `json:"emptyDir"`
}

type status struct {
	Version     string   `json:"version"`
	Decision    string   `json:"decision"`
	Reason      string   `json:"reason"`
	Container   string   `json:"container"`
	Port        int      `json:"port"`
	Application string   `json:"application"`
	Problems    []string `json:"problems,omitempty"`
}

type checkurl struct {
	Kind       string   `json:"kind"`
	Scheme     string   `json:"scheme"`
	Port       int      `json:"port"`
	Path       string   `json:"path"`
	Headers    []header `json:"headers"`
	Exactly200 bool     `json:"exactly200"`
	TimeoutMs  int      `json:"timeoutMs"`
}

type hook struct {
	Command   []string `json:"command"`
	Required  bool     `json:"required"`
	TimeoutMs int      `json:"timeoutMs"`
}

type hooks struct {
	PreOnline   hook `json:"preOnline"`
	Verify      hook `json:"verify"`
	Reload      hook `json:"reload"`
	PostOffline hook `json:"postOffline"`
}

type drain struct {
	MinMs   int   `json:"minMs"`
	MaxMs   int   `json:"maxMs"`
	QuietMs int   `json:"quietMs"`
	Ports   []int `json:"ports"`
}

type settings struct {
	Version       int      `json:"version"`
	Application   string   `json:"application"`
	Checkurl      checkurl `json:"checkurl"`
	Hooks         hooks    `json:"hooks"`
	Hold          bool     `json:"hold"`
	Drain         drain    `json:"drain"`
	Check         any      `json:"check"`
	Authorization any      `json:"authorization"`
}

func settingsText(application string, app *appContainer, asked checkurl) string {
	ports := make([]int, 0, len(app.Ports)+1)
	for _, port := range app.Ports {
		ports = append(ports, port.ContainerPort)
	}
	if len(ports) == 0 {
		ports = append(ports, asked.Port)
	}
	hook := func(name string, timeoutMs int) hook {
		return hook{[]string{"/app/hooks/" + name}, false, timeoutMs}
	}
	return text(settings{
		Version:     1,
		Application: application,
		Checkurl:    asked,
		Hooks: hooks{
			hook("preOnline", 300000), hook("verify", 300000), hook("reload", 60000), hook("postOffline", 30000),
		},
		Drain: drain{5000, 30000, 2000, ports},
	})
}

type securityContext struct {
	RunAsUser                int               `json:"runAsUser"`
	RunAsGroup               int               `json:"runAsGroup"`
	RunAsNonRoot             bool              `json:"runAsNonRoot"`
	ReadOnlyRootFilesystem   bool              `json:"readOnlyRootFilesystem"`
	AllowPrivilegeEscalation bool              `json:"allowPrivilegeEscalation"`
	Capabilities             capabilities      `json:"capabilities"`
	SeccompProfile           map[string]string `json:"seccompProfile"`
}

type capabilities struct {
	Drop []string `json:"drop"`
}

type ownContainer struct {
	Name            string          `json:"name"`
	Image           string          `json:"image"`
	ImagePullPolicy string          `json:"imagePullPolicy"`
	Command         []string        `json:"command"`
	Args            []string        `json:"args"`
	Env             []variable      `json:"env"`
	Resources       resources       `json:"resources"`
	SecurityContext securityContext `json:"securityContext"`
	VolumeMounts    []mount         `json:"volumeMounts"`
	RestartPolicy   string          `json:"restartPolicy"`
	Ports           []port          `json:"ports"`
	Lifecycle       lifecycle       `json:"lifecycle"`
	ReadinessProbe  probe           `json:"readinessProbe"`
}

func sidecar(own int, settings string) ownContainer {
	token := drawToken()
	barrier, deleting := run(busybox, "sh", "/greenroom/barrier", runPath), run(busybox, "sh", "/greenroom/deleting", runPath)
	field := func(name, path string) variable {
		return variable{Name: name, ValueFrom: &valueFrom{&fieldRef{path}}}
	}
	return ownContainer{
		Name:            "greenroom",
		Image:           image,
		ImagePullPolicy: "IfNotPresent",
		Command:         []string{busybox, "sh", "/greenroom/resident"},
		Args: []string{
			runPath, strconv.Itoa(own), "/nodejs/bin/node", "--max-old-space-size=32", "/opt/greenroom/sidecar.cjs",
		},
		Env: []variable{
			{Name: "GREENROOM_SETTINGS", Value: settings},
			field("GREENROOM_POD_NAME", "metadata.name"),
			field("GREENROOM_POD_NAMESPACE", "metadata.namespace"),
			field("GREENROOM_POD_UID", "metadata.uid"),
			field("GREENROOM_POD_IP", "status.podIP"),
			field("GREENROOM_POD_IPS", "status.podIPs"),
			{Name: "GREENROOM_PROBE_TOKEN", Value: token},
		},
		Resources: resources{
			Requests: map[string]string{"cpu": "10m", "memory": "24Mi"},
			Limits:   map[string]string{"memory": "128Mi"},
		},
		SecurityContext: securityContext{
			RunAsUser: 65532, RunAsGroup: 65532, RunAsNonRoot: true, ReadOnlyRootFilesystem: true,
			Capabilities:   capabilities{[]string{"ALL"}},
			SeccompProfile: map[string]string{"type": "RuntimeDefault"},
		},
		VolumeMounts: []mount{
			{Name: "greenroom", MountPath: runPath},
			{Name: "greenroom", MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", SubPath: "empty", ReadOnly: true},
		},
		RestartPolicy: "Always",
		Ports:         []port{{ContainerPort: own, Protocol: "TCP"}},
		Lifecycle:     lifecycle{&barrier, &deleting},
		ReadinessProbe: probe{
			HTTPGet:          &httpGet{Path: "/ready", Port: own, HTTPHeaders: []header{{"Greenroom-Probe", token}}},
			PeriodSeconds:    1,
			TimeoutSeconds:   10,
			FailureThreshold: 1,
		},
	}
}
