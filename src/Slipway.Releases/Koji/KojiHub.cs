using System.Globalization;
using System.Net.Http.Headers;
using Slipway.Content;

namespace Slipway.Releases.Koji;

/// <summary>A package file of a tag.</summary>
/// <param name="Location">Below the hub's file address.</param>
public sealed record KojiPackage(string Name, string Version, string Release, string Architecture, string Location)
{
    public string Nvra => $"{Name}-{Version}-{Release}.{Architecture}";
}

/// <summary>A Koji hub: tags with their packages, external repositories, repository tasks. What a tag inherits and what is blocked in it, the hub decides.</summary>
public sealed class KojiHub(HttpClient http, KojiProfile profile, TimeProvider clock)
{
    private const int Attempts = 4;
    private string? _session;
    private int _calls;

    /// <summary>The packages that the newest builds of a tag and of what it inherits hold, of the given architectures.</summary>
    public async Task<IReadOnlyList<KojiPackage>> PackagesAsync(string tag, IReadOnlyList<string> architectures, CancellationToken cancellation)
    {
        var answer = await CallAsync("listTaggedRPMS", [tag, Options(("inherit", true), ("latest", true), ("arch", architectures.Cast<object?>().ToList()))], cancellation).ConfigureAwait(false);
        if (answer is not List<object?> { Count: 2 } both || both[0] is not List<object?> packages || both[1] is not List<object?> builds)
            throw Unexpected($"list the tag {tag}");
        var byId = builds.Cast<Dictionary<string, object?>>().ToDictionary(b => (long)(b.GetValueOrDefault("build_id") ?? b["id"])!);
        return [.. packages.Cast<Dictionary<string, object?>>().Where(p => architectures.Contains(Text(p, "arch"))).Select(p => Package(p, byId[(long)p["build_id"]!])).OrderBy(p => p.Nvra, StringComparer.Ordinal)];
    }

    public async Task<string?> ExternalRepositoryAsync(string name, CancellationToken cancellation) =>
        await CallAsync("getExternalRepo", [name], cancellation).ConfigureAwait(false) is Dictionary<string, object?> repository ? Text(repository, "url") : null;

    public Task EditExternalRepositoryAsync(string name, string url, CancellationToken cancellation) =>
        CallAsync("editExternalRepo", [name, Options(("url", url))], cancellation);

    /// <summary>Has a tag's repository made anew and waits for it.</summary>
    /// <exception cref="SlipwayException">It failed, or took longer than the patience.</exception>
    public async Task RegenerateAsync(string tag, TimeSpan patience, TimeSpan pause, CancellationToken cancellation)
    {
        var what = $"make the repository of {tag} anew";
        var task = await CallAsync("newRepo", [tag], cancellation).ConfigureAwait(false) as long? ?? throw Unexpected(what);
        var started = clock.GetTimestamp();
        while (true)
        {
            var state = await CallAsync("getTaskInfo", [task], cancellation).ConfigureAwait(false) is Dictionary<string, object?> info ? info.GetValueOrDefault("state") as long? : null;
            // Koji's states of tasks: 2 closed, 3 cancelled, 5 failed.
            if (state == 2)
                return;
            if (state is 3 or 5 or null)
                throw new SlipwayException(what, $"koji's task {task} {(state == 3 ? "was cancelled" : state == 5 ? "failed" : "is not known there")}", "look at the task's log in koji");
            if (clock.GetElapsedTime(started) > patience)
                throw new SlipwayException(what, $"koji's task {task} is not done after {patience.TotalMinutes:F0} minutes", "look at the task in koji") { Kind = FailureKind.Unreachable };
            await Task.Delay(pause, clock, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Begins a session, which changes need.</summary>
    public async Task LoginAsync(CancellationToken cancellation)
    {
        if (profile.Login == KojiLogin.None)
            return;
        var answer = await PostAsync(profile.Server + "/ssllogin", "sslLogin", [], cancellation).ConfigureAwait(false);
        if (answer is not Dictionary<string, object?> session || session.GetValueOrDefault("session-id") is not { } id || session.GetValueOrDefault("session-key") is not { } key)
            throw Unexpected("log in at the hub");
        _session = $"session-id={Uri.EscapeDataString($"{id}")}&session-key={Uri.EscapeDataString($"{key}")}";
    }

    private Task<object?> CallAsync(string method, IReadOnlyList<object?> arguments, CancellationToken cancellation) => PostAsync(
        _session is null ? profile.Server : string.Create(CultureInfo.InvariantCulture, $"{profile.Server}?{_session}&callnum={_calls++}"), method, arguments, cancellation);

    private async Task<object?> PostAsync(string address, string method, IReadOnlyList<object?> arguments, CancellationToken cancellation)
    {
        var what = $"ask the hub {profile.Server} for {method}";
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var content = new ByteArrayContent(XmlRpc.Call(method, arguments));
                content.Headers.ContentType = new MediaTypeHeaderValue("text/xml");
                using var answer = await http.PostAsync(new Uri(address), content, cancellation).ConfigureAwait(false);
                answer.EnsureSuccessStatusCode();
                await using var body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
                return XmlRpc.Answer(body, what);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                if (attempt == Attempts)
                    throw new SlipwayException(what, e.Message, "look whether the hub can be reached; an unreachable hub is never read as an empty tag", e) { Kind = FailureKind.Unreachable };
            }
            await Task.Delay(TimeSpan.FromMilliseconds(250 << attempt), clock, cancellation).ConfigureAwait(false);
        }
    }

    // Koji's way of passing arguments by name.
    private static Dictionary<string, object?> Options(params (string Key, object? Value)[] options)
    {
        var map = new Dictionary<string, object?>(StringComparer.Ordinal) { ["__starstar"] = true };
        foreach (var (key, value) in options)
            map[key] = value;
        return map;
    }

    private static KojiPackage Package(Dictionary<string, object?> package, Dictionary<string, object?> build)
    {
        var (name, version, release, architecture) = (Plain(package, "name"), Plain(package, "version"), Plain(package, "release"), Plain(package, "arch"));
        var volume = build.GetValueOrDefault("volume_name") is string { Length: > 0 } named && named != "DEFAULT" ? $"vol/{Plain(build, "volume_name")}/" : "";
        var source = build.ContainsKey("name") ? Plain(build, "name") : Plain(build, "package_name");
        return new KojiPackage(name, version, release, architecture,
            $"{volume}packages/{source}/{Plain(build, "version")}/{Plain(build, "release")}/{architecture}/{name}-{version}-{release}.{architecture}.rpm");
    }

    private static string Text(Dictionary<string, object?> map, string key) => map.GetValueOrDefault(key) as string ?? "";

    /// <summary>What becomes part of an address must not leave its place in it.</summary>
    private static string Plain(Dictionary<string, object?> map, string key)
    {
        var text = Text(map, key);
        return text.Length is > 0 and < 512 && text[0] != '.' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '+' or '~' or '^') ? text
            : throw new SlipwayException("read a koji tag", $"the hub names a package whose {key} is '{(text.Length > 40 ? text[..40] : text)}'", "look at the build in koji");
    }

    private static SlipwayException Unexpected(string what) => new(what, "the hub's answer has another form than koji's", "look whether the address is a hub's") { Kind = FailureKind.Unreachable };
}
