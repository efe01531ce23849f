namespace Slipway.Cli.Compat;

/// <summary>The command lines of cloud-builder's programs (interface facts; the words of explanation are our own).</summary>
internal static class CloudBuilderPrograms
{
    private static readonly string[] Upload = ["--repo-server", "--repo-path", "--repo-arch", "--ssh-user", "--ssh-pkey"];
    private static readonly string[] Target = ["--dist", "--selection"];

    public static IReadOnlyList<ProgramUsage> All { get; } =
    [
        new("cb-fetch", "watch a source repository and ask for builds of what changes",
            Values("project=github_uri", "branch=name", "update-interval=time_sec"),
            new UsageForm { Required = ["--project"], Optional = ["--branch", "--update-interval", "--single-shot"] }),
        new("cb-collect", "make repositories of the packages that runners upload",
            Values("project=github_uri", "branch=name", "update-interval=time_sec"),
            new UsageForm { Required = ["--project"], Optional = ["--branch", "--update-interval"] }),
        new("cb-scheduler", "take build requests of a runner group and build them",
            Values("update-interval=time_sec", "poll-timeout=time_msec", "build-limit=number", "repo-server=name", "ssh-user=user", "ssh-pkey=ssh_pkey_file"),
            new UsageForm { Optional = ["--update-interval", "--poll-timeout", "--build-limit"], Together = ["--repo-server", "--ssh-user", "--ssh-pkey"] }),
        new("cb-info", "answer questions about the builds of this runner",
            Values("update-interval=time_sec", "poll-timeout=time_msec"),
            new UsageForm { Optional = ["--update-interval", "--poll-timeout", "--respond-always"] }),
        new("cb-prepare", "make the build root of a package",
            Values("root=root_path", "package=package_path", "profile=dist", "request-id=UUID"),
            new UsageForm { Required = ["--root", "--package", "--profile", "--request-id"], Optional = ["--local"] }),
        new("cb-run", "build a package in its build root",
            Values("root=root_path", "request-id=UUID", "repo-server=name", "repo-path=path", "repo-arch=name", "ssh-user=user", "ssh-pkey=ssh_pkey_file"),
            new UsageForm { Required = ["--root", "--request-id"], Optional = ["--local", "--clean"], Together = Upload }),
        new("cb-image", "build an image from its description",
            Values("description=image_description_path", "target-dir=target_path", "bundle-id=id", "request-id=UUID", "repo-server=name", "repo-path=path",
                "repo-arch=name", "ssh-user=user", "ssh-pkey=ssh_pkey_file", "profile=name"),
            new UsageForm
            {
                Required = ["--description", "--target-dir", "--bundle-id", "--request-id"],
                Optional = ["--local"],
                Together = Upload,
                Repeated = "--profile",
                Rest = "<kiwi_custom_build_command_args>",
            }),
        Ctl,
        new("ssh_kafka_read", "print the messages of a topic as a list",
            Values("topic=topic", "group=group", "client=client", "timeout=timeout_msec"),
            new UsageForm { Required = ["--topic", "--group"], Optional = ["--client", "--timeout"] }),
        new("ssh_kafka_write", "send the document on standard input to a topic",
            Values("topic=topic"), new UsageForm { Required = ["--topic"] }),
    ];

    public static ProgramUsage? Find(string name) => All.FirstOrDefault(program => program.Name == name);

    private static ProgramUsage Ctl => new("cb-ctl", "ask the build service for builds, and for what it knows of them",
        Values("dist=name", "selection=name", "arch=name", "build-package=package", "build-image=image", "project-path=path", "runner-group=name",
            "build-dependencies=project", "build-log=project", "build-info=project", "get-binaries=project", "target-dir=dir", "timeout=time_sec",
            "filter-request-id=uuid", "filter-service-name=name"),
        new UsageForm { Required = ["--build-package-local", "--dist"], Optional = ["--clean", "--debug"] },
        new UsageForm { Required = ["--build-package", "--project-path", "--arch", "--dist", "--runner-group"], Optional = ["--debug"] },
        new UsageForm { Required = ["--build-image-local", "--selection"], Optional = ["--debug"] },
        new UsageForm { Required = ["--build-image", "--project-path", "--arch", "--runner-group", "--selection"], Optional = ["--debug"] },
        new UsageForm { Required = ["--build-dependencies", "--project-path", "--arch"], OneOf = Target, Optional = ["--timeout", "--debug"] },
        new UsageForm { Required = ["--build-dependencies-local", "--arch"], OneOf = Target, Optional = ["--debug"] },
        new UsageForm { Required = ["--build-log", "--project-path", "--arch"], OneOf = Target, Optional = ["--keep-open", "--timeout", "--debug"] },
        new UsageForm { Required = ["--build-info", "--project-path", "--arch"], OneOf = Target, Optional = ["--timeout", "--debug"] },
        new UsageForm { Required = ["--get-binaries", "--project-path", "--arch", "--target-dir"], OneOf = Target, Optional = ["--timeout", "--debug"] },
        new UsageForm { Required = ["--watch"], Optional = ["--filter-request-id", "--filter-service-name", "--timeout", "--debug"] });

    private static Dictionary<string, string> Values(params string[] options) =>
        options.Select(option => option.Split('=')).ToDictionary(parts => "--" + parts[0], parts => parts[1], StringComparer.Ordinal);
}
