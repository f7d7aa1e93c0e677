# The recipe of a Windows build machine: builds the program, makes the installer, installs it, makes calls, removes it.
# Needs Python 3.11 or later and Inno Setup 6.5 or later. Run from the checkout: powershell -File packaging\windows\check.ps1
# Not tried on Windows yet.
$ErrorActionPreference = "Stop"
Set-StrictMode -Version Latest

function Invoke-Step([string] $What, [scriptblock] $Step) {
    Write-Host "== $What"
    & $Step
    if ($LASTEXITCODE) { throw "$What ended with $LASTEXITCODE" }
}

$version = (Select-String -Path appliance\__init__.py -Pattern '__version__ = "(.+)"').Matches[0].Groups[1].Value
$compiler = Join-Path ${env:ProgramFiles(x86)} "Inno Setup 6\ISCC.exe"
$installed = Join-Path $env:ProgramFiles "Tollhouse"

Invoke-Step "the portable part of the tests" { python dev.py test }
Invoke-Step "the program" { python dev.py build }
Invoke-Step "the installer" { & $compiler /Qp "/DVersion=$version" packaging\windows\tollhouse.iss }
Invoke-Step "installing" {
    $setup = Start-Process "dist\tollhouse-$version-setup.exe" "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART /TASKS=service,firewall" -Wait -PassThru
    $global:LASTEXITCODE = $setup.ExitCode
}
Invoke-Step "the service" {
    $service = Get-Service Tollhouse
    $service.WaitForStatus("Running", "00:01:00")
    Invoke-Step "its state" { & "$installed\tollhouse.exe" status --data "$env:ProgramData\Tollhouse" }
    Stop-Service Tollhouse
}
Invoke-Step "calls" { & "$installed\tollhouse.exe" demo --seconds 30 }
Invoke-Step "removing" {
    $removal = Start-Process "$installed\unins000.exe" "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART" -Wait -PassThru
    $global:LASTEXITCODE = $removal.ExitCode
}
if (Get-Service Tollhouse -ErrorAction SilentlyContinue) { throw "the service is still there" }
Write-Host "All passed."
