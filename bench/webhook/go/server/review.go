package main

// The parts of a review that are read; encoding/json passes over the others.
type review struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Request    request `json:"request"`
}

type request struct {
	UID       string `json:"uid"`
	Kind      kind   `json:"kind"`
	Namespace string `json:"namespace"`
	Operation string `json:"operation"`
	DryRun    bool   `json:"dryRun"`
	Object    pod    `json:"object"`
}

type kind struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
}

type pod struct {
	Metadata metadata `json:"metadata"`
	Spec     spec     `json:"spec"`
}

type metadata struct {
	Name            string            `json:"name"`
	GenerateName    string            `json:"generateName"`
	Labels          map[string]string `json:"labels"`
	Annotations     map[string]string `json:"annotations"`
	OwnerReferences []owner           `json:"ownerReferences"`
}

type owner struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Controller bool   `json:"controller"`
}

type spec struct {
	HostNetwork                   bool           `json:"hostNetwork"`
	OS                            *named         `json:"os"`
	Volumes                       []named        `json:"volumes"`
	InitContainers                []appContainer `json:"initContainers"`
	Containers                    []appContainer `json:"containers"`
	TerminationGracePeriodSeconds *int           `json:"terminationGracePeriodSeconds"`
}

type named struct {
	Name string `json:"name"`
}

type appContainer struct {
	Name                   string     `json:"name"`
	Command                []string   `json:"command"`
	Args                   []string   `json:"args"`
	Ports                  []port     `json:"ports"`
	Env                    []variable `json:"env"`
	Resources              resources  `json:"resources"`
	VolumeMounts           []mount    `json:"volumeMounts"`
	ReadinessProbe         *probe     `json:"readinessProbe"`
	StartupProbe           *probe     `json:"startupProbe"`
	LivenessProbe          *probe     `json:"livenessProbe"`
	Lifecycle              *lifecycle `json:"lifecycle"`
	TerminationMessagePath string     `json:"terminationMessagePath"`
}

type port struct {
	Name          string `json:"name,omitempty"`
	ContainerPort int    `json:"containerPort"`
	Protocol      string `json:"protocol,omitempty"`
}

type variable struct {
	Name      string     `json:"name"`
	Value     string     `json:"value,omitempty"`
	ValueFrom *valueFrom `json:"valueFrom,omitempty"`
}

type valueFrom struct {
	FieldRef *fieldRef `json:"fieldRef,omitempty"`
}

type fieldRef struct {
	FieldPath string `json:"fieldPath"`
}

type resources struct {
	Requests map[string]string `json:"requests,omitempty"`
	Limits   map[string]string `json:"limits,omitempty"`
}

type mount struct {
	Name      string `json:"name"`
	MountPath string `json:"mountPath"`
	SubPath   string `json:"subPath,omitempty"`
	ReadOnly  bool   `json:"readOnly,omitempty"`
}

type probe struct {
	Exec                *exec      `json:"exec,omitempty"`
	HTTPGet             *httpGet   `json:"httpGet,omitempty"`
	TCPSocket           *tcpSocket `json:"tcpSocket,omitempty"`
	InitialDelaySeconds int        `json:"initialDelaySeconds,omitempty"`
	PeriodSeconds       int        `json:"periodSeconds,omitempty"`
	TimeoutSeconds      int        `json:"timeoutSeconds,omitempty"`
	FailureThreshold    int        `json:"failureThreshold,omitempty"`
}

type exec struct {
	Command []string `json:"command"`
}

type httpGet struct {
	Path        string   `json:"path"`
	Port        any      `json:"port"`
	Host        string   `json:"host,omitempty"`
	Scheme      string   `json:"scheme,omitempty"`
	HTTPHeaders []header `json:"httpHeaders,omitempty"`
}

type tcpSocket struct {
	Port any    `json:"port"`
	Host string `json:"host,omitempty"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type lifecycle struct {
	PostStart *handler `json:"postStart,omitempty"`
	PreStop   *handler `json:"preStop,omitempty"`
}

type handler struct {
	Exec    *exec    `json:"exec,omitempty"`
	HTTPGet *httpGet `json:"httpGet,omitempty"`
}
